#if Remote
  import CCurl

  /// libcurl's multi handle; everything but `wakeUp` belongs to the client's thread.
  final class CurlMulti: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer

    init() {
      guard let handle = curl_multi_init() else {
        preconditionFailure("libcurl could not be initialised: out of memory")
      }
      self.handle = handle
    }

    func wakeUp() { curl_multi_wakeup(handle) }

    func perform() {
      var running: Int32 = 0
      curl_multi_perform(handle, &running)
    }

    /// Waits for the network, a wake-up, or `instant`; half a minute at most.
    func wait(until instant: ContinuousClock.Instant?) {
      var milliseconds: Int64 = 30_000
      if let instant {
        let left = instant - .now
        let (seconds, attoseconds) = left.components
        milliseconds = min(
          milliseconds, max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1))
      }
      curl_multi_poll(handle, nil, 0, Int32(milliseconds), nil)
    }

    /// - Returns: The easy handle; `nil` where the exchange has failed already.
    func start(_ transfer: Transfer) -> UnsafeMutableRawPointer? {
      guard let easy = curl_easy_init() else {
        transfer.finish(HTTPFailure(.connection, "libcurl is out of memory"))
        return nil
      }
      transfer.easy = easy
      transfer.begin()
      configure(easy, transfer)
      curl_multi_add_handle(handle, easy)
      return easy
    }

    private func configure(_ easy: UnsafeMutableRawPointer, _ transfer: Transfer) {
      let request = transfer.request
      _ = ccurl_set_string(easy, CURLOPT_URL, request.url)
      _ = ccurl_restrict_to_http(easy)
      _ = ccurl_set_quick_exit(easy)
      _ = ccurl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
      _ = ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
      _ = ccurl_set_long(easy, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
      _ = ccurl_set_string(easy, CURLOPT_ACCEPT_ENCODING, "")
      _ = ccurl_set_string(easy, CURLOPT_USERAGENT, "apus")
      _ = ccurl_set_long(easy, CURLOPT_SSL_VERIFYPEER, 1)
      _ = ccurl_set_long(easy, CURLOPT_SSL_VERIFYHOST, 2)
      // A proxy of the environment is for the world, not for this machine.
      if request.isLoopback { _ = ccurl_set_string(easy, CURLOPT_PROXY, "") }
      _ = ccurl_set_long(
        easy, CURLOPT_CONNECTTIMEOUT_MS, request.timeouts.connect.wholeMilliseconds)
      if let total = request.timeouts.total {
        _ = ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, total.wholeMilliseconds)
      }
      for header in request.headers {
        transfer.headerList = curl_slist_append(
          transfer.headerList, "\(header.name): \(header.value)")
      }
      // Without this curl waits for "100 Continue" before a long body.
      transfer.headerList = curl_slist_append(transfer.headerList, "Expect:")
      _ = ccurl_set_list(easy, CURLOPT_HTTPHEADER, transfer.headerList)
      if let body = request.body {
        _ = ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
        body.withUnsafeBytes {
          _ = ccurl_set_string(
            easy, CURLOPT_COPYPOSTFIELDS, $0.bindMemory(to: CChar.self).baseAddress)
        }
      }
      let context = Unmanaged.passUnretained(transfer).toOpaque()
      _ = ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context)
      _ = ccurl_set_write(easy) { bytes, size, count, context in
        guard let context else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        switch transfer.receive(body: UnsafeRawBufferPointer(start: bytes, count: size * count)) {
        case .taken: return size * count
        case .paused: return ccurl_pause()
        case .refused: return 0
        }
      }
      _ = ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context)
      _ = ccurl_set_header(easy) { bytes, size, count, context in
        guard let context else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        let line = String(
          decoding: UnsafeRawBufferPointer(start: bytes, count: size * count), as: UTF8.self)
        transfer.receive(header: line.trimmingLineEnd)
        return size * count
      }
    }

    func resume(_ transfer: Transfer) {
      transfer.resume()
      if let easy = transfer.easy { curl_easy_pause(easy, CURLPAUSE_CONT) }
    }

    /// The next exchange that curl is done with.
    func nextFinished() -> (easy: UnsafeMutableRawPointer, failure: HTTPFailure?)? {
      var left: Int32 = 0
      while let message = curl_multi_info_read(handle, &left) {
        guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else {
          continue
        }
        let code = ccurl_result(message)
        if code == CURLE_OK { return (easy, nil) }
        return (easy, failure(code, easy))
      }
      return nil
    }

    private func failure(_ code: CURLcode, _ easy: UnsafeMutableRawPointer) -> HTTPFailure {
      guard code == CURLE_OPERATION_TIMEDOUT else {
        return HTTPFailure(.connection, String(cString: curl_easy_strerror(code)))
      }
      var microseconds: curl_off_t = 0
      _ = ccurl_get_offset(easy, CURLINFO_PRETRANSFER_TIME_T, &microseconds)
      return microseconds == 0
        ? HTTPFailure(.connection, "no connection in time") : HTTPFailure(.timeout, "timed out")
    }

    func end(_ transfer: Transfer, failure: HTTPFailure?, finishes: Bool = false) {
      guard let easy = transfer.easy else { return }
      transfer.easy = nil
      curl_multi_remove_handle(handle, easy)
      curl_easy_cleanup(easy)
      curl_slist_free_all(transfer.headerList)
      transfer.headerList = nil
      if finishes { transfer.finish(failure) }
    }
  }

  extension Duration {
    /// At least 1: zero means "for ever" to curl.
    var wholeMilliseconds: Int {
      let (seconds, attoseconds) = components
      return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }
  }

  extension String {
    var trimmingLineEnd: String {
      var text = self[...]
      while let last = text.unicodeScalars.last, last == "\r" || last == "\n" {
        text = Substring(text.unicodeScalars.dropLast())
      }
      return String(text)
    }
  }
#endif
