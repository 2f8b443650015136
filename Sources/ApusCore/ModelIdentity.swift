#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Which model on this machine it is: its files in the state in which they were read, and the settings
/// that can change what it says.
public struct ModelIdentity: Sendable, Hashable {
  /// A file as the system describes it. Whoever writes to it moves `changed`, which no program can
  /// set back.
  public struct File: Sendable, Hashable {
    public var path: String
    public var device: UInt64
    public var inode: UInt64
    public var size: Int64
    /// Nanoseconds since 1970.
    public var modified: Int64
    public var changed: Int64

    public init(
      path: String, device: UInt64, inode: UInt64, size: Int64, modified: Int64, changed: Int64
    ) {
      self.path = path
      self.device = device
      self.inode = inode
      self.size = size
      self.modified = modified
      self.changed = changed
    }

    /// A file as it is now, behind all links; `nil` where there is no regular file.
    public init?(path: String) {
      var status = stat()
      guard !path.utf8.contains(0), stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG
      else { return nil }
      #if canImport(Darwin)
        let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
      #else
        let (modified, changed) = (status.st_mtim, status.st_ctim)
      #endif
      func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
      }
      self.init(
        path: path, device: UInt64(truncatingIfNeeded: status.st_dev),
        inode: UInt64(truncatingIfNeeded: status.st_ino), size: Int64(status.st_size),
        modified: nanoseconds(modified), changed: nanoseconds(changed))
    }

    /// Whether nobody has written to it, nor put another in its place.
    public var isUnchanged: Bool { File(path: path) == self }

    /// The last part of the path.
    public var name: String { path.split(separator: "/").last.map(String.init) ?? path }
  }

  /// In a fixed order.
  public var files: [File]
  public var settings: String

  public init(files: [File], settings: String) {
    self.files = files
    self.settings = settings
  }

  /// The files without their folder, and when they last changed.
  public var state: String {
    files.map {
      "\($0.name) \($0.device) \($0.inode) \($0.size) \($0.modified) \($0.changed)"
    }.joined(separator: "\n")
  }
}

/// A model that answers out of files.
public protocol FileBackedModel: OnDeviceModel {
  /// `nil` where it is not known: then answers are not kept.
  var identity: ModelIdentity? { get }
}
