#if Tools
  import Apus
  import ApusBlocks
  import ApusCore
  import ApusFiles
  import ApusJSON
  import Foundation

  /// What `apus inspect` shows of a model.
  struct ModelSummary {
    private let path: String
    private let container: String
    /// Name and value; long arrays shortened.
    private let metadata: [(key: String, value: JSON)]
    private let tensors: TensorTable
    private let withTensors: Bool

    init(path: String, withTensors: Bool) throws {
      self.path = path
      self.withTensors = withTensors
      let file = try ModelFile.open(path)
      tensors = file.tensors
      switch file {
      case .gguf(let gguf):
        container = "GGUF \(gguf.version), alignment \(gguf.alignment)"
        metadata = gguf.metadata.map { ($0.key, Self.json($0.value)) }
      case .directory(let directory):
        container = "Hugging Face folder"
        metadata = directory.config.object?.map { ($0.key, $0.value) } ?? []
      case .safetensors:
        container = "safetensors"
        metadata = []
      }
    }

    private var parameterCount: Int { tensors.reduce(0) { $0 + $1.elementCount } }

    /// How many tensors there are of each type, largest share first.
    private var types: [(name: String, count: Int, bytes: Int)] {
      Dictionary(grouping: tensors, by: \.type).map { type, tensors in
        (type.name, tensors.count, tensors.reduce(0) { $0 + $1.byteCount })
      }.sorted { ($0.bytes, $0.name) > ($1.bytes, $1.name) }
    }

    var json: JSON {
      var object: JSONObject = [
        "path": .string(path), "container": .string(container),
        "parameters": .integer(parameterCount), "bytes": .integer(tensors.byteCount),
        "types": .object(JSONObject(types.map { ($0.name, .integer($0.count)) })),
        "metadata": .object(JSONObject(metadata.map { ($0.key, $0.value) })),
      ]
      if withTensors {
        object["tensors"] = .array(
          tensors.map {
            [
              "name": .string($0.name), "type": .string($0.type.name),
              "shape": .array($0.shape.map { .integer($0) }), "bytes": .integer($0.byteCount),
            ]
          })
      }
      return .object(object)
    }

    var text: String {
      var lines = ["\(path): \(container)"]
      let size = String(format: "%.1f MiB", Double(tensors.byteCount) / 1_048_576)
      let parameters = String(format: "%.2f million", Double(parameterCount) / 1e6)
      let types = types.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
      lines.append("\(parameters) parameters in \(tensors.count) tensors (\(types)), \(size)")
      lines.append("")
      let width = metadata.map(\.key.count).max() ?? 0
      for (key, value) in metadata {
        lines.append(
          key.padding(toLength: width, withPad: " ", startingAt: 0) + "  " + Self.shown(value))
      }
      if withTensors {
        lines.append("")
        let width = tensors.map(\.name.count).max() ?? 0
        for tensor in tensors {
          let name = tensor.name.padding(toLength: width, withPad: " ", startingAt: 0)
          let shape = tensor.shape.map(String.init).joined(separator: " × ")
          lines.append("\(name)  \(tensor.type.name)  \(shape)")
        }
      }
      return lines.joined(separator: "\n") + "\n"
    }

    /// One line, at most 100 characters; control characters of a file never reach the terminal.
    private static func shown(_ value: JSON) -> String {
      let text = value.string.map { JSON.string($0).serialized() } ?? value.serialized()
      return text.count > 100 ? text.prefix(97) + "…" : text
    }

    private static let arrayLimit = 8

    private static func json(_ value: GGUFValue) -> JSON {
      if let bool = value.bool { return .bool(bool) }
      if let integer = value.int { return .integer(integer) }
      if let double = value.double { return .double(double) }
      if let string = value.string { return .string(string) }
      guard let array = value.array else { return .null }
      let shown = head(of: array)
      return array.count > arrayLimit
        ? .array(shown + [.string("… \(array.count) in all")]) : .array(shown)
    }

    /// The first elements; those of an array of arrays are not shown.
    private static func head(of array: GGUFArray) -> [JSON] {
      if let strings = array.strings { return strings.prefix(arrayLimit).map { .string($0) } }
      if let bools = array.bools { return bools.prefix(arrayLimit).map { .bool($0) } }
      if let integers = array.ints { return integers.prefix(arrayLimit).map { .integer($0) } }
      if let numbers = array.floats {
        return numbers.prefix(arrayLimit).map { .double(Double($0)) }
      }
      return []
    }
  }
#endif
