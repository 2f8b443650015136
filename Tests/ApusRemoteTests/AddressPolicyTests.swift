#if Remote
  import ApusCore
  import FakeProvider
  import Testing

  @testable import ApusRemote

  @Suite struct AddressPolicyTests {
    // features G5
    @Test(arguments: [
      ("8.8.8.8", IPAddress.Kind.world), ("172.32.0.1", .world), ("100.128.0.1", .world),
      ("2606:4700::1111", .world), ("127.0.0.1", .loopback), ("127.8.9.10", .loopback),
      ("::1", .loopback), ("[::1]", .loopback), ("::ffff:127.0.0.1", .loopback),
      ("10.1.2.3", .privateNetwork), ("172.16.0.1", .privateNetwork),
      ("172.31.255.255", .privateNetwork), ("192.168.1.5", .privateNetwork),
      ("100.64.0.1", .privateNetwork), ("100.127.255.255", .privateNetwork),
      ("198.18.0.1", .privateNetwork), ("fd12::1", .privateNetwork), ("fec0::1", .privateNetwork),
      ("::ffff:10.0.0.1", .privateNetwork), ("64:ff9b::192.168.1.1", .privateNetwork),
      ("2002:0a00:0001::1", .privateNetwork), ("169.254.169.254", .linkLocal),
      ("::ffff:169.254.169.254", .linkLocal), ("fe80::1%eth0", .linkLocal),
      ("fd00:ec2::254", .linkLocal), ("100.100.100.200", .linkLocal), ("0.0.0.0", .unusable),
      ("0.1.2.3", .unusable), ("::", .unusable), ("224.0.0.1", .unusable),
      ("255.255.255.255", .unusable), ("240.0.0.1", .unusable), ("ff02::1", .unusable),
      ("2001::1", .unusable), ("::127.0.0.1", .loopback),
    ])
    func addressesAreSorted(text: String, kind: IPAddress.Kind) throws {
      #expect(try #require(IPAddress(text)).kind == kind)
    }

    @Test(arguments: ["", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "::g", "2130706433"])
    func whatIsNoAddress(text: String) { #expect(IPAddress(text) == nil) }

    // features G5
    @Test(arguments: [
      ("https", "8.8.8.8", AddressPolicy.Reach.world, true), ("http", "8.8.8.8", .network, false),
      ("https", "127.0.0.1", .world, false), ("http", "127.0.0.1", .machine, true),
      ("http", "10.0.0.1", .machine, false), ("http", "10.0.0.1", .network, true),
      ("https", "fd12::1", .world, false), ("https", "0.0.0.0", .network, false),
      ("https", "169.254.169.254", .network, false),
    ])
    func whatMayBeConnectedTo(
      scheme: String, address: String, reach: AddressPolicy.Reach, isAllowed: Bool
    ) throws {
      let policy = AddressPolicy(reach: reach)
      let ip = try #require(IPAddress(address))
      let refusal = policy.refusal(of: ip, scheme: scheme, host: "llm.example.com")
      #expect((refusal == nil) == isAllowed)
    }

    // features G5
    @Test func hostsCanBeListed() {
      let policy = AddressPolicy(hosts: ["api.groq.com", "*.openai.azure.com"])
      #expect(policy.refusal(scheme: "https", host: "API.groq.com") == nil)
      #expect(policy.refusal(scheme: "https", host: "mine.openai.azure.com") == nil)
      for host in ["groq.com", "openai.azure.com", "api.groq.com.evil.org", "evilapi.groq.com"] {
        #expect(policy.refusal(scheme: "https", host: host)?.why == .unlisted(policy.hosts))
      }
      #expect(AddressPolicy().refusal(scheme: "ftp", host: "a.org")?.why == .scheme("ftp"))
    }

    private func client(_ addresses: [String]) -> HTTPClient {
      var settings = HTTPSettings()
      settings.resolve = { _ in addresses }
      return HTTPClient(settings)
    }

    private func refusal(_ model: RemoteModel) async throws -> (ApusError, AddressRefusal) {
      let error = try await #require(throws: ApusError.self) { try await model.respond(to: "Hi") }
      #expect(error.code == .addressRefused, "\(error)")
      let failure = try #require(error.cause as? HTTPFailure)
      guard case .refused(let refusal) = failure.reason else { throw failure }
      return (error, refusal)
    }

    // features G5
    @Test(arguments: ["127.0.0.1", "::ffff:127.0.0.1"])
    func aProvidersHostIsNeverHere(address: String) async throws {
      let provider = try FakeProvider(.stream(["two"]))
      let model = try RemoteModel(
        provider: .of("groq"), url: "https://api.groq.com:\(provider.port)/v1", model: "m",
        key: "gsk_abcdefgh", client: client([address]))
      let (error, refusal) = try await refusal(model)
      #expect(refusal.host == "api.groq.com")
      #expect(refusal.address == IPAddress(address))
      #expect(error.message.contains("api.groq.com is at \(refusal.address?.description ?? "")"))
      // Not even a connection was made.
      #expect(provider.connections == 0)
    }

    // features G5
    @Test func aHostOfOnesOwnMayBeInOnesOwnNetwork() async throws {
      let provider = try FakeProvider(.stream(["two"]))
      let model = try RemoteModel(
        url: "http://llm.apus.test:\(provider.port)/v1", model: "m", client: client(["127.0.0.1"]))
      #expect(try await model.respond(to: "Hi").text == "two")
    }

    // features G5
    @Test func plainHTTPStaysInside() async throws {
      let model = try RemoteModel(
        url: "http://llm.apus.test/v1", model: "m", key: "abcdefghij",
        client: client(["203.0.113.7"]))
      let (error, refusal) = try await refusal(model)
      #expect(refusal.why == .plainHTTP)
      #expect(error.message.contains("https://"))
    }

    // features G5
    @Test(arguments: [
      "http://2130706433", "http://0x7f000001", "http://127.1", "http://0.0.0.0",
      "http://[::ffff:169.254.169.254]", "https://169.254.169.254", "https://[fe80::1]",
      "https://192.168.1.1", "http://example.com@127.0.0.1",
    ])
    func spellingsOfInnerAddressesAreSeenThrough(url: String) async throws {
      let failure = try await #require(throws: HTTPFailure.self) {
        for try await _ in HTTPClient.shared.send(HTTPRequest(url: url + ":9/latest")) {}
      }
      guard case .refused = failure.reason else {
        Issue.record("\(url): \(failure)")
        return
      }
    }

    // features G5
    @Test func aPooledConnectionIsCheckedToo() async throws {
      let provider = try FakeProvider(.streamAndStay(["two"]))
      let client = client(["127.0.0.1"])
      let url = "http://api.groq.com:\(provider.port)/v1"
      let trusting = try RemoteModel(
        provider: .of("groq"), url: url, model: "m", policy: AddressPolicy(reach: .machine),
        client: client)
      #expect(try await trusting.respond(to: "Hi").text == "two")
      try await Task.sleep(for: .milliseconds(20))
      let strict = try RemoteModel(provider: .of("groq"), url: url, model: "m", client: client)
      _ = try await refusal(strict)
      #expect(provider.requests.count == 1)
    }

    // features G5
    @Test func redirectsAreNotFollowed() async throws {
      let inner = try FakeProvider(.stream(["secret"]))
      let outer = try FakeProvider(
        .respond(302, headers: ["Location": "http://127.0.0.1:\(inner.port)/meta?x=y"], body: ""))
      let model = try RemoteModel(url: outer.url, model: "m", key: "gsk_abcdefgh")
      let error = try await #require(throws: ApusError.self) { try await model.respond(to: "Hi") }
      #expect(error.message.contains("302 Found: leads to 127.0.0.1, which is not followed"))
      #expect(!error.message.contains("meta"))
      #expect(inner.connections == 0)
    }

    @Test func proxiesAreThoseOfTheEnvironment() {
      let rules = ProxyRules {
        [
          "https_proxy": "http://proxy:3128", "HTTP_PROXY": "http://evil:1",
          "no_proxy": "localhost,.corp.example, 10.0.0.0/8",
        ][$0]
      }
      #expect(rules.proxy(scheme: "https", host: "api.groq.com") == "http://proxy:3128")
      #expect(rules.proxy(scheme: "http", host: "api.groq.com") == nil)
      for host in ["llm.corp.example", "corp.example", "10.1.2.3", "127.0.0.1", "localhost"] {
        #expect(rules.proxy(scheme: "https", host: host) == nil, "\(host)")
      }
      #expect(rules.proxy(scheme: "https", host: "11.1.2.3") != nil)
      #expect(rules.proxy(scheme: "https", host: "evilcorp.example") != nil)
    }
  }

  extension Provider {
    fileprivate static func of(_ type: String) throws -> Provider {
      try #require(Provider.named(type))
    }
  }
#endif
