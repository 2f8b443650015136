public import ApusBlocks
import CSIMD

// What every format can do once its blocks are bytes.
extension AVX2 {
  public typealias Unpack = (UnsafeRawPointer, UnsafeMutableRawPointer) -> Void

  /// Decodes `count` elements.
  /// - Parameter scratch: `Unpacking.byteCount` bytes.
  public static func decode(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ count: Int,
    _ scratch: UnsafeMutableRawPointer, _ shape: Unpacking.Shape, _ unpack: Unpack
  ) {
    var from = source
    var out = UnsafeMutableRawPointer(destination)
    var done = 0
    while done < count {
      unpack(from, scratch)
      var sub = 0
      while sub &* shape.subBlock < shape.columns {
        let scale = apus_spreadf8(scratch + (256 &+ sub &* 4))
        let minimum = apus_spreadf8(scratch + (320 &+ sub &* 4))
        var at = sub &* shape.subBlock
        let end = at &+ shape.subBlock
        while at < end {
          let bytes = apus_load64(scratch + at)
          let wide = shape.isSigned ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes)
          apus_storef8(out + at &* 4, apus_fma8(apus_float8(wide), scale, minimum))
          at &+= 8
        }
        sub &+= 1
      }
      from += shape.byteCount
      out += shape.columns &* 4
      done &+= shape.columns
    }
  }
}
