/// What to measure, from the command line.
struct Options {
  var json = false
  var rounds = 7
  var threads = 2
  var tokens = [1, 128]
  var rows = 5632
  var columns = 2048
  var megabytes = 640
  var formats: [String] = []
  var kernels: [String] = []
  var parts: [String] = []
  var models: [String] = []
  var generated = 64

  static let usage = """
    usage: kernels [--json] [--rounds N] [--threads N] [--tokens 1,4,16,64,512] [--rows N] [--columns N]
                   [--megabytes N] [--formats Q4_K,Q8_0] [--kernels portable,avx2,avx2-tiles,blas]
                   [--parts limits,products,attention,rows,codecs,together] [--models FILE,FILE]
                   [--generated N]

      --json          one JSON object on standard output instead of tables
      --rounds N      rounds of which the median is taken (7)
      --threads N     the larger number of threads; one thread is always measured (2)
      --tokens LIST   tokens of a product (1,128)
      --rows, --columns   of the matrices (5632 x 2048)
      --megabytes N   weights that products walk through, larger than the caches (640)
      --formats, --kernels, --parts   only these
      --models LIST   one or two models that answer together (the one that ships with apus, twice)
      --generated N   tokens of each of their answers (64)
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
      case "--models": models = list
      case "--generated": generated = try Self.number(name, value)
      case "--tokens": tokens = try list.map { text throws(Wrong) in try Self.number(name, text) }
      case "--rounds": rounds = try Self.number(name, value)
      case "--threads": threads = min(try Self.number(name, value), 256)
      case "--rows": rows = try Self.number(name, value)
      case "--columns": columns = try Self.number(name, value)
      case "--megabytes": megabytes = max(try Self.number(name, value), 64)
      default: throw Wrong(message: "\(name): no such option")
      }
    }
    guard columns % 256 == 0 else { throw Wrong(message: "--columns: not a multiple of 256") }
    guard rows * columns * 4 <= megabytes << 19 else {
      throw Wrong(message: "--megabytes \(megabytes): too few for matrices of that size")
    }
  }

  private static func number(_ name: String, _ text: String) throws(Wrong) -> Int {
    guard let number = Int(text), number > 0, number <= 65536 else {
      throw Wrong(message: "\(name) \(text): not understood")
    }
    return number
  }

  func wants(part: String) -> Bool { parts.isEmpty || parts.contains(part) }
  func wants(kernel: String) -> Bool { kernels.isEmpty || kernels.contains(kernel) }
}
