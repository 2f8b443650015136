/// A binary heap whose smallest element is on top.
struct MinHeap {
  private var elements: [UInt64] = []

  var top: UInt64? { elements.first }

  mutating func push(_ element: UInt64) {
    var index = elements.count
    elements.append(element)
    while index > 0 {
      let parent = (index - 1) / 2
      guard elements[parent] > element else { break }
      elements[index] = elements[parent]
      index = parent
    }
    elements[index] = element
  }

  @discardableResult
  mutating func pop() -> UInt64? {
    guard let result = elements.first, let last = elements.popLast() else { return nil }
    guard !elements.isEmpty else { return result }
    var index = 0
    while true {
      var child = 2 * index + 1
      guard child < elements.count else { break }
      if child + 1 < elements.count, elements[child + 1] < elements[child] { child += 1 }
      guard elements[child] < last else { break }
      elements[index] = elements[child]
      index = child
    }
    elements[index] = last
    return result
  }
}
