@testable import ApusRemote

/// A service account that exists nowhere. The key was made for this file with `openssl genrsa`, and
/// the statement signed with `openssl dgst -sha256 -sign`.
enum TestServiceAccount {
  static let privateKey = """
    -----BEGIN PRIVATE KEY-----
    MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDQCj4Bcqr7OZTn
    fEWK/4vffA83xkBKfGo5T7LiQU9+0/lg8tMOMI4i0ywgObScj2+snYKkNtjL30qx
    Bi3ZqYuwoVriGr4YVP5mwLAPTyJnJDzjWeqYFFHg1V9Ux6ajT30PvRAGMA3xjgSS
    iMgivzfGVsAugtPLMutaTajAotRrfC/glvdF1Q0yv1ZxTgi3o2Yr1OGPiaURmLBn
    emt0XsQI7/+3EXNWbiJGfpKB/aly9hT56noxxxcehyO9omJZ7aQQYVVQA+OBe5a4
    zM81XzGIcIzXGcOU3aAcp24AdJSQnG00Wijp9Nt5m1mcQS+BYn2wUm8oZISJpJtU
    HYaJeqPLAgMBAAECggEAZf0Hbc1JvjR558v4Cc8CwtJ+YWDrBrkcmDEWqK3M64e+
    o0UXq8ao/7CX2sp/XRtCa5SiRZ/vw26ZntRBKQphxXss41ip5aLRPw1qom6wlnDg
    +rILfHfFthvUiur/qeMfk9YjY20ugMOXQUEWIFau4KiJuaOAcgbp81DMEHgi+/e4
    9sqPmGsYdNAfW4AR3HdlSdmKPUCynjucTtYPRIUNhRCOGCJx6NNGmVOXiaPM7Ugi
    o6zZLhJlw1Sk5bBzNnHFzEPk24rLWRKemgjAHp2jlZEuyLnXVH0hyycbBTaXN8Uq
    D6NCLkptQmyoC6fnJx/06/4LSmUw79We+3ilbdzrGQKBgQDoxFZ+dL012jGypy/v
    jgEm9HsyjLQFiujojWGtFkfyDDSMhXjtlbFST4YYi5C+bVX378VoaMXNY0auZW2m
    EHhTB2u43KJtCjZ5IShEoUQyLt0dexP2TogCPLIgFndQYAFN2M4KGi5d5alYXeUo
    i+b/2rQ2yduugjW7HTqZm+UdGQKBgQDkzhTgO9Cm7ddWp39G9Fd7K2RHxnkt7UXa
    jJ3pe1VI/QnUeDdExpCOADQ5vyH+kBbD/qWmegqftFMIsbY4ZsG5Sb3iy/a6bhdS
    dHD3mhA/PVzybguYGgRG7gCsXkDpSbrhXDK7le9MW1RQd4rSIHkOk97Oe6NGdRWW
    fV3K+/rAgwKBgQDF238aZukfCaYNEohwvOjF0DOYuHmd7IImi2dn1fS6Dx3sBNjS
    O9hK+0YlPx1+gTn+U1YedlENUUIXpCgcbQuaqEgtD38R6Qh81m6ASATME4HpOWGy
    kPaT0Dwpgm9RZwo0vgIGHFMlhb75WnccjC+DdMiTeeq+3/gEYcgaIqYSoQKBgAjS
    hW2MAOSe4SG/PaIfw8vFBY3a8ks6Dep6Z5BcKBKzZxChPghR27sN+PWNECN/rNEL
    3ZlItWYpDtaT+6G7HJcnZ8H5+V6A5jdQtBZoA15c4FucsKfBwQ53GOGMlNYp+KG9
    61reUibQkrSzl0+43tIYE4xEqiwKUbXGyboM80M/AoGAJj9agTJ7UFTWMWtnWHSs
    2mEnSi5RMwN5A4Ngiq3QCDS8FTiIeyQwLcX2vytPzlcSCFrlOzKOmZPhabCaxU30
    +08adYb3ALqRb1dynAkDguDXKixb4ACOo55XGpJ4Nzy0BGd1rnblzfSy9kt/91f2
    WebJ+6vMIeOjJPQv6PNszbk=
    -----END PRIVATE KEY-----

    """

  static func account(tokenURL: String = "https://oauth2.googleapis.com/token") -> ServiceAccount {
    ServiceAccount(
      email: "apus@p-1.iam.gserviceaccount.com", privateKey: APIKey(privateKey), keyID: "k1",
      tokenURL: tokenURL)
  }

  /// At 1,769,515,200 s since 1970.
  static let assertion =
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJpc3MiOiJhcHVzQHAtMS5pYW0uZ3Nl"
    + "cnZpY2VhY2NvdW50LmNvbSIsInNjb3BlIjoiaHR0cHM6Ly93d3cuZ29vZ2xlYXBpcy5jb20vYXV0aC9jbG91"
    + "ZC1wbGF0Zm9ybSIsImF1ZCI6Imh0dHBzOi8vb2F1dGgyLmdvb2dsZWFwaXMuY29tL3Rva2VuIiwiaWF0Ijox"
    + "NzY5NTE1MjAwLCJleHAiOjE3Njk1MTg4MDB9.KMref3h83a6tez1S8xmothBAElI3nVkp7yX3CWeVzPN4_Ql"
    + "QeA7CsSMdwpIREvcAlGAMEng3zxrk3VlFdJccuKR4h5MW6x3hvGibwIo6b59qLYs0AIuNRwHOgnmpNP-hxSh"
    + "gP2wMCCpGuGbGWZX4KRYkyNIJWrSiBa32ZJP5X12WijgL8u7ujnIdtNEo2psHieW2MQDthBNqp3KHoZYt-3L"
    + "xnUS6G69OJnP49ucoRgkhcFp_Y_nYjrXZkejyqP-ejWYsUBFdMUQTfV3fAKE6LTycchlI1YwwSxscGmHx_0F"
    + "QdlJLTjKYt4WFG72cFdW0QYAB5ZHT5nYgsZjmDBhqYg"
}
