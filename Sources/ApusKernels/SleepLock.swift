#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A mutex with a condition: where threads sleep when spinning has lasted long enough.
final class SleepLock: @unchecked Sendable {
  // Sendable because POSIX guards both fields.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Returns when `blocked` is false, which somebody makes so before calling `wakeAll`.
  func sleep(while blocked: () -> Bool) {
    pthread_mutex_lock(mutex)
    while blocked() { pthread_cond_wait(condition, mutex) }
    pthread_mutex_unlock(mutex)
  }

  func wakeAll() {
    pthread_mutex_lock(mutex)
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }
}

/// Says whether this thread works on a step, so that a step asked for inside a step does not wait
/// for itself.
enum StepMarker {
  private static let key: pthread_key_t? = {
    var key = pthread_key_t()
    return pthread_key_create(&key, nil) == 0 ? key : nil
  }()

  static var isInsideStep: Bool {
    guard let key else { return false }
    return pthread_getspecific(key) != nil
  }

  /// Marks this thread; returns what `leave` needs.
  static func enter() -> Bool {
    let outer = isInsideStep
    if let key { pthread_setspecific(key, UnsafeRawPointer(bitPattern: 1)) }
    return outer
  }

  static func leave(_ outer: Bool) {
    if let key, !outer { pthread_setspecific(key, nil) }
  }
}
