/// A range of durations: 18 of them to each doubling, so that a duration and what its range shows for it
/// differ by less than 2 %.
///
/// The ranges are the same for the daemon and for every client, whatever they have seen, so that a duration
/// that one of them has rounded stays where it is (the idea is DDSketch's, Masson, Rim and Lee 2019).
package struct LatencyBucket: Hashable, Comparable, Sendable {
    /// 0 is everything shorter than 1/16 ms; the last, everything from about an hour on.
    package let index: UInt16

    /// How many there are.
    package static let count = 1 + (highestExponent - lowestExponent) * perDoubling
    private static let perDoubling = 18
    /// Durations from 2^−4 ms to 2^22 ms are told apart.
    private static let lowestExponent = -4
    private static let highestExponent = 22

    /// Where the ranges of a doubling begin: 2^(n ÷ 18).
    private static let bounds: [Double] = [
        1, 1.0392592260318434, 1.080059738892306, 1.122462048309373, 1.1665290395761165, 1.2123260668135445,
        1.2599210498948732, 1.3093845751749735, 1.360790000174377, 1.4142135623730951, 1.4697344922755988,
        1.5274351309146432, 1.5874010519681994, 1.649721188670605, 1.7144879657061456, 1.7817974362806785,
        1.8517494245745807, 1.9244476737882903, 2,
    ]
    /// In which of them each 32nd of a doubling begins. No 32nd holds two bounds.
    private static let starts: [UInt8] = [
        0, 0, 1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 8, 9, 9, 10, 11, 11, 12, 12, 13, 13, 14, 14, 14, 15, 15, 16,
        16, 17, 17,
    ]

    package init(index: UInt16) {
        self.index = min(index, UInt16(LatencyBucket.count - 1))
    }

    package init(_ duration: Interval) {
        self.init(milliseconds: duration.milliseconds)
    }

    /// - Parameter milliseconds: at least 0.
    package init(milliseconds: Double) {
        guard milliseconds >= 0.0625 else {
            self.index = 0
            return
        }
        let bits = milliseconds.bitPattern
        let exponent = Int(bits >> 52) - 1_023
        let significand = Double(bitPattern: bits & 0x000f_ffff_ffff_ffff | 0x3ff0_0000_0000_0000)
        var place = Int(LatencyBucket.starts[Int(bits >> 47 & 31)])
        if significand >= LatencyBucket.bounds[place + 1] { place += 1 }
        let index = 1 + (exponent - LatencyBucket.lowestExponent) * LatencyBucket.perDoubling + place
        self.index = UInt16(min(index, LatencyBucket.count - 1))
    }

    /// What stands for the durations of the range: within 2 % of each of them. Rounded to the microsecond it
    /// still lies in the range.
    package var milliseconds: Double {
        // The first has no lower end to be near to.
        guard self.index > 0 else { return 0.05 }
        let (doubling, place) = Int(self.index - 1).quotientAndRemainder(
            dividingBy: LatencyBucket.perDoubling)
        let base = Double(sign: .plus, exponent: doubling + LatencyBucket.lowestExponent, significand: 1)
        let (lower, upper) = (LatencyBucket.bounds[place], LatencyBucket.bounds[place + 1])
        return base * 2 * lower * upper / (lower + upper)
    }

    /// How often a millisecond doubles up to its durations, rounded down; nil: of the first, which has no
    /// lower end.
    package var doublingsOfMillisecond: Int? {
        guard self.index > 0 else { return nil }
        return (Int(self.index) - 1) / LatencyBucket.perDoubling + LatencyBucket.lowestExponent
    }

    @inlinable
    package static func < (left: LatencyBucket, right: LatencyBucket) -> Bool { left.index < right.index }
}

/// How many calls took about the same time.
package struct DurationCount: Hashable, Sendable {
    package let bucket: LatencyBucket
    package let count: UInt32

    @inlinable
    package init(_ bucket: LatencyBucket, _ count: UInt32) {
        (self.bucket, self.count) = (bucket, count)
    }
}
