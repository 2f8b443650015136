/// What to measure, from the command line.
struct Options {
  var json = false
  var rounds = 7
  var threads = 2
  var tokens = 128
  var megabytes = 640
  var formats: [String] = []
  var kernels: [String] = []
  var parts: [String] = []

  static let usage = """
    usage: kernels [--json] [--rounds N] [--threads N] [--tokens N] [--megabytes N]
                   [--formats Q4_K,Q8_0] [--kernels portable,avx2,blas]
                   [--parts limits,decode,prefill,attention,rows,codecs]

      --json          one JSON object on standard output instead of tables
      --rounds N      rounds of which the median is taken (7)
      --threads N     the larger number of threads; one thread is always measured (2)
      --tokens N      tokens of a prefill (128)
      --megabytes N   weights that decoding walks through, larger than the caches (640)
      --formats, --kernels, --parts   only these
    """

  struct Wrong: Error { var message: String }

  init(_ arguments: [String]) throws(Wrong) {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      if name == "--json" {
        json = true
        continue
      }
      guard let value = rest.popFirst() else {
        throw Wrong(message: name == "--help" ? Options.usage : "\(name) needs a value")
      }
      let list = value.split(separator: ",").map(String.init)
      switch name {
      case "--formats": formats = list
      case "--kernels": kernels = list
      case "--parts": parts = list
      default:
        guard let number = Int(value), number > 0, number <= 65536 else {
          throw Wrong(message: "\(name) \(value): not understood")
        }
        switch name {
        case "--rounds": rounds = number
        case "--threads": threads = min(number, 256)
        case "--tokens": tokens = number
        case "--megabytes": megabytes = max(number, 64)
        default: throw Wrong(message: "\(name): no such option")
        }
      }
    }
  }

  func wants(part: String) -> Bool { parts.isEmpty || parts.contains(part) }
  func wants(kernel: String) -> Bool { kernels.isEmpty || kernels.contains(kernel) }
}
