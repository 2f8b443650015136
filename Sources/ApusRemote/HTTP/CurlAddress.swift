#if Remote
  import CCurl

  /// An address as curl itself reads it: what is checked is what is asked.
  struct CurlAddress {
    let scheme: String
    /// Without brackets or a zone.
    let host: String
    let port: String

    init?(_ url: String) {
      guard let handle = curl_url() else { return nil }
      defer { curl_url_cleanup(handle) }
      guard curl_url_set(handle, CURLUPART_URL, url, 0) == CURLUE_OK else { return nil }
      func part(_ part: CURLUPart, _ flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
      }
      guard let scheme = part(CURLUPART_SCHEME), let host = part(CURLUPART_HOST),
        let port = part(CURLUPART_PORT, UInt32(CURLU_DEFAULT_PORT))
      else { return nil }
      self.scheme = scheme.lowercased()
      self.host = host.lowercased()
      self.port = port
    }
  }
#endif
