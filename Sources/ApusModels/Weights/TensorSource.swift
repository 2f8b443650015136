import ApusBlocks
import ApusFiles

/// Tensors by role, whatever the container calls them.
struct TensorSource {
  enum Container: Sendable, Hashable { case gguf, huggingFace }

  let container: Container
  let layout: HuggingFaceLayout
  let lookup: (String) -> Tensor?

  init(_ gguf: GGUF, architecture: Architecture) {
    container = .gguf
    layout = architecture.huggingFace
    lookup = { gguf.tensors[$0] }
  }

  init(_ directory: ModelDirectory, architecture: Architecture) {
    container = .huggingFace
    layout = architecture.huggingFace
    lookup = { directory.tensors[$0] }
  }

  /// The name of a tensor in the container; `nil` where it has no place there.
  func name(
    _ role: TensorRole, layer: Int? = nil, expert: Int? = nil, _ suffix: String = "weight"
  ) -> String? {
    switch container {
    case .gguf:
      guard role.isOfLayer, let layer else { return "\(role.rawValue).\(suffix)" }
      return "blk.\(layer).\(role.rawValue).\(suffix)"
    case .huggingFace:
      guard let pattern = layout.names[role] else { return nil }
      return pattern.replacing("{layer}", with: layer).replacing("{expert}", with: expert)
        + ".\(suffix)"
    }
  }

  func tensor(
    _ role: TensorRole, layer: Int? = nil, expert: Int? = nil, _ suffix: String = "weight"
  ) -> Tensor? {
    guard let name = name(role, layer: layer, expert: expert, suffix) else { return nil }
    if let tensor = lookup(name) { return tensor }
    // Checkpoints of the bare model leave out the first part: "h.0.ln_1.weight".
    guard container == .huggingFace, let dot = name.firstIndex(of: ".") else { return nil }
    return lookup(String(name[name.index(after: dot)...]))
  }
}

extension String {
  /// With the first `placeholder` replaced by a number, where there is one.
  fileprivate func replacing(_ placeholder: String, with number: Int?) -> String {
    guard let number else { return self }
    var result = ""
    var rest = self[...]
    while let brace = rest.firstIndex(of: "{") {
      result += rest[..<brace]
      rest = rest[brace...]
      if rest.hasPrefix(placeholder) {
        result += String(number)
        rest = rest.dropFirst(placeholder.count)
      } else {
        result.append("{")
        rest = rest.dropFirst()
      }
    }
    return result + rest
  }
}
