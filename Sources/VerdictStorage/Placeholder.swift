import CPostgreSQL
import GRDB
