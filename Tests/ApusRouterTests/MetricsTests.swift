import ApusCore
import Testing

@testable import ApusRouter

@Suite struct MetricsTests {
  // features H2
  @Test func theFormatIsPrometheus() {
    var out = PrometheusText()
    out.begin("a_total", .counter, "Back\\slash and\nline.")
    out.add("a_total", [("name", "say \"hi\"\\\n"), ("b", "é")], 3)
    out.begin("c_seconds", .histogram, "Times.")
    var histogram = Histogram([0.1, 1, 2.5])
    for value in [0.1, 0.5, 0.75, 2, 7] { histogram.add(value) }
    out.add("c_seconds", [("t", "x")], histogram)
    out.begin("d", .gauge, "Nothing yet.")
    let expected = #"""
      # HELP a_total Back\\slash and\nline.
      # TYPE a_total counter
      a_total{name="say \"hi\"\\\n",b="é"} 3
      # HELP c_seconds Times.
      # TYPE c_seconds histogram
      c_seconds_bucket{t="x",le="0.1"} 1
      c_seconds_bucket{t="x",le="1"} 3
      c_seconds_bucket{t="x",le="2.5"} 4
      c_seconds_bucket{t="x",le="+Inf"} 5
      c_seconds_sum{t="x"} 10.35
      c_seconds_count{t="x"} 5
      # HELP d Nothing yet.
      # TYPE d gauge

      """#
    #expect(out.text == expected)
  }

  // features H2
  @Test func whatARouterDoesIsCounted() async throws {
    let key = "gsk_8fK2mQ9xT4vB7nL3pR6wZ1yC5dH0jGsA"
    let clock = ManualTiming()
    var options = RouterOptions()
    options.metrics = RouterMetrics()
    let broken = ScriptedTier("broken", .fail(ApusError(.network, "gone \(key)")))
    let fine = ScriptedTier("fine", .answer(["it is ", key]))
    let router = try Router(
      tiers: [.local(broken), .local(fine)], options: options, timing: clock.timing)
    for _ in 0..<7 {
      var request = Request("Hi")
      request.route.caller = "somebody"
      _ = try await router.respond(request)
    }
    let alone = try Router(tiers: [.local(broken)], options: options, timing: clock.timing)
    _ = await #expect(throws: ApusError.self) { try await alone.respond(to: "Hi") }
    let text = router.metricsText()
    let lines = text.split(separator: "\n").map(String.init)
    for line in [
      #"apus_requests_total{outcome="all_tiers_failed"} 1"#,
      #"apus_requests_total{outcome="answered"} 7"#,
      #"apus_request_duration_seconds_bucket{le="+Inf"} 8"#,
      #"apus_request_duration_seconds_count 8"#,
      #"apus_attempts_total{tier="broken",model="broken",outcome="network"} 8"#,
      #"apus_attempts_total{tier="fine",model="fine",outcome="answered"} 7"#,
      #"apus_attempt_duration_seconds_count{tier="fine",model="fine"} 7"#,
      #"apus_first_token_seconds_count{tier="fine",model="fine"} 7"#,
      #"apus_tokens_total{tier="fine",model="fine",kind="completion"} 14"#,
      #"apus_passed_over_total{tier="broken",reason="breaker"} 2"#,
      #"apus_guard_findings_total{kind="groq-key",action="redact"} 7"#,
      #"apus_breaker_state{tier="broken",model="broken"} 2"#,
      #"apus_breaker_state{tier="fine",model="fine"} 0"#,
    ] {
      #expect(lines.contains(line), "\(line)")
    }
    #expect(!text.contains(key))
    #expect(!text.contains("somebody"))
    // Every family says what it is, once.
    let families = lines.filter { $0.hasPrefix("# TYPE") }
    #expect(Set(families).count == families.count)
    #expect(lines.filter { $0.hasPrefix("# HELP") }.count == families.count)
  }
}
