import ApusJSON
import Testing

@testable import ApusRemote

@Suite struct RetryAfterTests {
  private func delay(_ name: String, _ value: String, now: Double = 0) -> Duration? {
    RetryAfter.delay(head: HTTPHead(status: 429, headers: [(name, value)]), body: nil, now: now)
  }

  // features E1
  @Test func inAllItsForms() throws {
    #expect(delay("retry-after", "7") == .seconds(7))
    #expect(delay("retry-after", "0.5") == .milliseconds(500))
    #expect(delay("retry-after-ms", "1500") == .milliseconds(1500))
    #expect(delay("x-ms-retry-after-ms", "20") == .milliseconds(20))
    // 784,111,777 is the example of RFC 9110.
    let date = "Sun, 06 Nov 1994 08:49:37 GMT"
    #expect(delay("retry-after", date, now: 784_111_767) == .seconds(10))
    #expect(delay("retry-after", date, now: 784_111_999) == .zero)
    let body = try JSON(
      parsing: #"{"error":{"details":[{"@type":"x"},{"retryDelay":"34.5s"}]}}"#)
    let head = HTTPHead(status: 429, headers: [])
    #expect(RetryAfter.delay(head: head, body: body, now: 0) == .milliseconds(34_500))
  }

  @Test(arguments: [
    "", "soon", "-1", "nan", "inf", "Sun, 06 Nov 1994", "Sun, 99 Nov 1994 08:49:37 GMT",
  ])
  func nonsenseIsNothing(value: String) {
    #expect(delay("retry-after", value) == nil)
  }

  @Test func anAbsurdDelayIsOneThatADurationCanHold() {
    #expect(delay("retry-after", "1e300") == .seconds(31_536_000))
    #expect(delay("retry-after", "99999999999999999999") == .seconds(31_536_000))
  }

  @Test func theMoreExactHeaderGoesFirst() {
    let head = HTTPHead(status: 429, headers: [("retry-after", "2"), ("retry-after-ms", "1700")])
    #expect(RetryAfter.delay(head: head, body: nil, now: 0) == .milliseconds(1700))
  }
}

@Suite struct CalendarDayTests {
  @Test func daysAreCounted() {
    #expect(CalendarDay(year: 1970, month: 1, day: 1).daysSince1970 == 0)
    #expect(CalendarDay(year: 2000, month: 2, day: 29).daysSince1970 == 11_016)
    #expect(CalendarDay(year: 2026, month: 11, day: 21).daysSince1970 == 20_778)
    #expect(CalendarDay(daysSince1970: -1) == CalendarDay(year: 1969, month: 12, day: 31))
  }

  @Test func everyDayOfEightCenturiesIsTheOneAfterTheLast() {
    var last = CalendarDay(daysSince1970: -146_097)
    for day in -146_096...146_097 {
      let next = CalendarDay(daysSince1970: day)
      #expect(next.daysSince1970 == day)
      let isNextDay = next.day == last.day + 1 && next.month == last.month
      let isNextMonth =
        next.day == 1 && last.day >= 28
        && (next.month == last.month + 1 || next.month == 1 && next.year == last.year + 1)
      if !isNextDay && !isNextMonth { Issue.record("\(last) then \(next)") }
      last = next
    }
  }
}
