namespace Purser.Providers.Tests;

public class HeaderRulesTests
{
    [Theory]
    [InlineData("anthropic-beta", true)]
    [InlineData("anthropic-version", true)]
    [InlineData("Content-Type", true)]
    [InlineData("Content-Encoding", true)]
    [InlineData("Accept", true)]
    [InlineData("User-Agent", true)]
    [InlineData("x-stainless-retry-count", true)]
    [InlineData("x-claude-code-session-id", true)]
    [InlineData("idempotency-key", true)]
    [InlineData("Authorization", false)]
    [InlineData("X-Api-Key", false)]
    [InlineData("x-goog-api-key", false)]
    [InlineData("api-key", false)]
    [InlineData("Cookie", false)]
    [InlineData("Host", false)]
    [InlineData(":authority", false)]
    [InlineData("Content-Length", false)]
    [InlineData("Accept-Encoding", false)]
    [InlineData("X-Purser-Tags", false)]
    [InlineData("x-purser-anything", false)]
    [InlineData("Proxy-Authorization", false)]
    [InlineData("Proxy-Connection", false)]
    [InlineData("OpenAI-Organization", false)]
    [InlineData("OpenAI-Project", false)]
    [InlineData("x-amzn-bedrock-accept", true)]
    [InlineData("X-Amz-Security-Token", false)]
    [InlineData("x-amz-date", false)]
    [InlineData("amz-sdk-request", false)]
    [InlineData("Forwarded", false)]
    [InlineData("X-Forwarded-For", false)]
    [InlineData("Expect", false)]
    [InlineData("Connection", false)]
    [InlineData("Keep-Alive", false)]
    [InlineData("TE", false)]
    [InlineData("Trailer", false)]
    [InlineData("Transfer-Encoding", false)]
    [InlineData("Upgrade", false)]
    [InlineData("", false)]
    public void Request_header_then_forwarded_or_not(string name, bool forwarded) =>
        Assert.Equal(forwarded, HeaderRules.ForwardRequestHeader(name));

    [Theory]
    [InlineData("Content-Type", true)]
    [InlineData("x-request-id", true)]
    [InlineData("request-id", true)]
    [InlineData("retry-after", true)]
    [InlineData("x-should-retry", true)]
    [InlineData("anthropic-ratelimit-tokens-remaining", true)]
    [InlineData("openai-processing-ms", true)]
    [InlineData("Content-Length", false)]
    [InlineData("Content-Encoding", false)]
    [InlineData("Set-Cookie", false)]
    [InlineData("openai-organization", false)]
    [InlineData("openai-project", false)]
    [InlineData("anthropic-organization-id", false)]
    [InlineData("x-purser-cost-usd", false)]
    [InlineData("Server", false)]
    [InlineData("alt-svc", false)]
    [InlineData("Strict-Transport-Security", false)]
    [InlineData("Transfer-Encoding", false)]
    [InlineData("proxy-authenticate", false)]
    public void Response_header_then_forwarded_or_not(string name, bool forwarded) =>
        Assert.Equal(forwarded, HeaderRules.ForwardResponseHeader(name));

    [Theory]
    [InlineData(null, "x-a", false)]
    [InlineData("close", "x-a", false)]
    [InlineData("close, X-A", "x-a", true)]
    [InlineData("x-ab", "x-a", false)]
    public void Header_named_by_connection_then_found(string? connection, string name, bool named) =>
        Assert.Equal(named, HeaderRules.IsNamedByConnection(connection, name));

    [Theory]
    [InlineData("", "")]
    [InlineData("?beta=true", "?beta=true")]
    [InlineData("?key=secret", "")]
    [InlineData("key=secret", "")]
    [InlineData("?alt=sse&key=secret", "?alt=sse")]
    [InlineData("?key=secret&a=%20b+c&&b", "?a=%20b+c&&b")]
    [InlineData("?API_KEY=secret&x=1", "?x=1")]
    [InlineData("?k%65y=secret&x=1", "?x=1")]
    [InlineData("?key&x=1", "?x=1")]
    [InlineData("?monkey=1&keys=2&x=key=3", "?monkey=1&keys=2&x=key=3")]
    [InlineData("?x=%zz&key=1", "?x=%zz")]
    [InlineData("?api-version=2024-10-21&x=1", "?x=1")]
    [InlineData("?Api%2DVersion=1", "")]
    public void Query_then_without_keys_and_else_the_same(string query, string clean) => Assert.Equal(clean, HeaderRules.CleanQuery(query));

    [Fact]
    public void Common_case_then_nothing_is_allocated()
    {
        const string query = "?beta=true";
        // The first call builds the sets.
        HeaderRules.ForwardRequestHeader("accept");
        var before = GC.GetAllocatedBytesForCurrentThread();

        var forwarded = HeaderRules.ForwardRequestHeader("anthropic-beta") & HeaderRules.ForwardResponseHeader("content-type");
        var same = ReferenceEquals(query, HeaderRules.CleanQuery(query));

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(forwarded & same);
    }
}
