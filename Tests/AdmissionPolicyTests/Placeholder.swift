// AdmissionPolicyTests
