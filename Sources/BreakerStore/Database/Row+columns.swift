// Reading columns without trusting them: a value of another type than expected is absent, never a trap.

import Foundation
import GRDB

extension Row {
    func integer(_ column: Int) -> Int64? {
        if case .int64(let value) = (self[column] as DatabaseValue).storage { value } else { nil }
    }

    func natural(_ column: Int) -> UInt64? {
        self.integer(column).flatMap(UInt64.init(exactly:))
    }

    func text(_ column: Int) -> String? {
        if case .string(let value) = (self[column] as DatabaseValue).storage { value } else { nil }
    }

    func bytes(_ column: Int) -> [UInt8]? {
        if case .blob(let value) = (self[column] as DatabaseValue).storage { [UInt8](value) } else { nil }
    }
}

extension UInt64 {
    /// As a column holds it; SQLite's integers are signed.
    var column: Int64 { Int64(clamping: self) }
}
