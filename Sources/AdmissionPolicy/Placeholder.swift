// AdmissionPolicy
