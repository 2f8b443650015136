#if Remote
  import CCurl

  /// libcurl's multi handle; everything but `wakeUp` belongs to the client's thread.
  final class CurlMulti: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer
    private let settings: HTTPSettings

    init(_ settings: HTTPSettings) {
      guard let handle = curl_multi_init() else {
        preconditionFailure("libcurl could not be initialised: out of memory")
      }
      self.handle = handle
      self.settings = settings
    }

    deinit { curl_multi_cleanup(handle) }

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
      guard let target = CurlAddress(transfer.request.url) else {
        transfer.finish(HTTPFailure(.connection, "the address is no address"))
        return nil
      }
      (transfer.scheme, transfer.host) = (target.scheme, target.host)
      guard transfer.mayBegin() else {
        transfer.finish(HTTPFailure(.connection, "refused"))
        return nil
      }
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
      if let file = settings.certificateFile {
        _ = ccurl_set_string(easy, CURLOPT_CAINFO, file)
      }
      _ = ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, transfer.words.baseAddress)
      let proxy = settings.proxies.proxy(scheme: transfer.scheme, host: transfer.host)
      // Set in any case: else curl looks into the environment by itself.
      _ = ccurl_set_string(easy, CURLOPT_PROXY, proxy ?? "")
      _ = ccurl_set_string(easy, CURLOPT_NOPROXY, "")
      // A proxy finds the host by itself: of its address nothing is known here.
      if proxy == nil { watchAddresses(easy, transfer) }
      name(easy, transfer)
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

    /// Lets the policy see each address before curl connects to it, and that of a connection from
    /// the pool before it is used again.
    private func watchAddresses(_ easy: UnsafeMutableRawPointer, _ transfer: Transfer) {
      let context = Unmanaged.passUnretained(transfer).toOpaque()
      _ = ccurl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, context)
      _ = ccurl_set_open_socket(easy) { context, _, address in
        guard let context, let address else { return ccurl_bad_socket() }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = Int(ccurl_address_bytes(address, &bytes))
        guard let ip = IPAddress(Array(bytes[..<count])), transfer.mayConnect(to: ip) else {
          return ccurl_bad_socket()
        }
        return ccurl_open_socket(address)
      }
      _ = ccurl_watch_requests(easy, context) { context, remote, _, _, _ in
        guard let context, let remote else { return 1 }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        guard let ip = IPAddress(String(cString: remote)) else { return 1 }
        return transfer.mayConnect(to: ip) ? 0 : 1
      }
    }

    /// Tells curl what the settings know of the host's name.
    private func name(_ easy: UnsafeMutableRawPointer, _ transfer: Transfer) {
      guard let resolve = settings.resolve, let target = CurlAddress(transfer.request.url) else {
        return
      }
      let place = "\(target.host):\(target.port)"
      let entry =
        resolve(target.host).map { "\(place):\($0.joined(separator: ","))" } ?? "-\(place)"
      transfer.names = curl_slist_append(nil, entry)
      _ = ccurl_set_list(easy, CURLOPT_RESOLVE, transfer.names)
    }

    func resume(_ transfer: Transfer) {
      transfer.resume()
      if let easy = transfer.easy { curl_easy_pause(easy, CURLPAUSE_CONT) }
    }

    /// The next exchange that curl is done with.
    func nextFinished() -> (easy: UnsafeMutableRawPointer, result: CURLcode)? {
      var left: Int32 = 0
      while let message = curl_multi_info_read(handle, &left) {
        guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else {
          continue
        }
        return (easy, ccurl_result(message))
      }
      return nil
    }

    /// What a result other than success means.
    func failure(_ code: CURLcode, _ transfer: Transfer) -> HTTPFailure? {
      guard code != CURLE_OK, let easy = transfer.easy else { return nil }
      switch code {
      case CURLE_OPERATION_TIMEDOUT:
        var microseconds: curl_off_t = 0
        _ = ccurl_get_offset(easy, CURLINFO_PRETRANSFER_TIME_T, &microseconds)
        return microseconds == 0
          ? HTTPFailure(.connection, "no connection in time") : HTTPFailure(.timeout, "timed out")
      case CURLE_PEER_FAILED_VERIFICATION:
        var result = 0
        _ = ccurl_get_long(easy, CURLINFO_SSL_VERIFYRESULT, &result)
        let failure = CertificateFailure(
          host: transfer.host, result: result, words: transfer.curlsWords)
        return HTTPFailure(.certificate(failure), failure.description)
      case CURLE_SSL_CACERT_BADFILE:
        return HTTPFailure(
          .unavailable,
          "SSL_CERT_FILE: no certificates in PEM can be read from \(settings.certificateFile ?? "")"
        )
      default: return HTTPFailure(.connection, String(cString: curl_easy_strerror(code)))
      }
    }

    func end(_ transfer: Transfer, failure: HTTPFailure?, finishes: Bool = false) {
      guard let easy = transfer.easy else { return }
      transfer.easy = nil
      curl_multi_remove_handle(handle, easy)
      curl_easy_cleanup(easy)
      curl_slist_free_all(transfer.headerList)
      transfer.headerList = nil
      curl_slist_free_all(transfer.names)
      transfer.names = nil
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
