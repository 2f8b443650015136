import ApusCore
import ApusRemote
import Dispatch
import Synchronization

/// What model files hold, told by a digest of every byte (SHA-256).
///
/// Nothing less would do: two quantisations of one model, or a file whose tensors were tuned on, may
/// agree in size, header and any sample. But reading a model of gigabytes takes seconds, so it is done
/// once, beside the work, and remembered for as long as device, inode, size and both times of the
/// files stay as they are. Until then these stand for the files themselves: as long as none of them
/// moves, neither have the bytes (every write moves the time of change, which no program can set),
/// only a copy of the file is not known for one.
final class ModelDigests: Sendable {
  private enum State: Sendable {
    case beingRead
    case known(String)
    /// They could not be read, or changed meanwhile.
    case unknown
  }
  private let states = Mutex<[String: State]>([:])
  private let store: (any DigestStore)?

  init(store: (any DigestStore)?) { self.store = store }

  /// A name for what the model says: its digest, else the state of its files.
  func name(of identity: ModelIdentity) -> String {
    let state = identity.state
    let (known, isNew) = states.withLock { states -> (State, Bool) in
      if let known = states[state] { return (known, false) }
      states[state] = .beingRead
      return (.beingRead, true)
    }
    if isNew, let digest = try? store?.digest(for: state) {
      states.withLock { $0[state] = .known(digest) }
      return "\(digest) \(identity.settings)"
    }
    if isNew { read(identity, state) }
    if case .known(let digest) = known { return "\(digest) \(identity.settings)" }
    return "\(state) \(identity.settings)"
  }

  private func read(_ identity: ModelIdentity, _ state: String) {
    // One thread that yields to everything else.
    DispatchQueue.global(qos: .background).async { [self] in
      var form: [UInt8] = []
      for file in identity.files {
        guard let digest = FileDigest.sha256(ofFile: file.path, size: file.size) else {
          states.withLock { $0[state] = .unknown }
          return
        }
        form += Array("\(file.name) \(file.size) ".utf8) + digest
      }
      // What was read is what the state describes only if that still holds.
      guard identity.files.allSatisfy(\.isUnchanged) else {
        states.withLock { $0[state] = .unknown }
        return
      }
      let digest = "sha256:" + Digest.sha256(form).hexadecimal
      states.withLock { $0[state] = .known(digest) }
      guard let store else { return }
      // Where it cannot be kept it is read again next time.
      Task { try? await store.keep(digest, for: state) }
    }
  }
}

extension [UInt8] {
  /// Two digits a byte.
  var hexadecimal: String {
    map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }
}
