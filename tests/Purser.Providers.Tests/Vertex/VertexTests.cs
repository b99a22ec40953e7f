using System.Buffers;
using System.Text;

namespace Purser.Providers.Tests.Vertex;

public class VertexTests
{
    private static readonly WireFormat Native = ProviderCatalog.VertexMessages;
    private static readonly ProviderApi Vertex = ProviderCatalog.FindApi("vertex")!;
    private static readonly WireFormat ToVertex = Vertex.Serving(ProviderCatalog.Messages)!;
    private static readonly WireFormat FromVertex = ProviderCatalog.FindApi("anthropic")!.Serving(Native)!;

    private static RequestFacts Facts(string body, bool? stream = null)
    {
        var result = Native.Understand(Wire.Bytes(body), new RequestTarget("claude-sonnet-4-5@20250929", stream));
        Assert.Null(result.Fault);
        return result.Facts!;
    }

    private static string Write(WireFormat format, string body, RequestFacts facts, string model, long? limit = null)
    {
        var output = new ArrayBufferWriter<byte>();
        Assert.True(format.NeedsRewrite(facts, model, limit));
        format.WriteRequest(Wire.Bytes(body), facts, model, output, limit);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    [Fact]
    public void A_request_of_a_client_of_Vertex_then_the_path_names_the_model()
    {
        const string body = """{"anthropic_version":"vertex-2023-10-16","model":"other","max_tokens":9,"messages":[]}""";
        var facts = Facts(body, stream: true);

        Assert.Equal(("claude-sonnet-4-5@20250929", true, 9), (facts.Model, facts.Stream, facts.MaxOutputTokens));
        Assert.False(Native.NeedsRewrite(facts, "claude-sonnet-4-5-20250929"));
        Assert.Equal("vertex-messages", Native.Name);
    }

    [Theory]
    [InlineData("""{"stream":true}""", false, true)]
    [InlineData("""{"stream":false}""", true, false)]
    [InlineData("""{}""", true, true)]
    [InlineData("""{}""", false, false)]
    public void Whether_it_streams_then_as_the_body_says_else_as_the_path_does(string body, bool path, bool stream) =>
        Assert.Equal(stream, Facts(body, path).Stream);

    [Theory]
    [InlineData("""{"model":7}""", "invalid_member")]
    [InlineData("""{"max_tokens":0}""", "invalid_member")]
    [InlineData("""{"messages":[],"messages":[]}""", "duplicate_member")]
    public void A_body_at_fault_then_refused(string body, string code) =>
        Assert.Equal(code, Native.Understand(Wire.Bytes(body), new RequestTarget("m")).Fault!.Code);

    [Theory]
    [InlineData(
        """{"max_tokens":9,"model":"c","messages":[]}""",
        """{"max_tokens":9,"anthropic_version":"vertex-2023-10-16","messages":[]}"""
    )]
    [InlineData("""{"\u006dodel" : "c" }""", """{"anthropic_version":"vertex-2023-10-16" }""")]
    [InlineData("""{"model":"c" , "anthropic_version":"v","a":1}""", """{ "anthropic_version":"v","a":1}""")]
    [InlineData("""{"anthropic_version":"v" , "model":"c"}""", """{"anthropic_version":"v" }""")]
    public void A_request_for_Anthropic_then_without_its_model_and_with_a_version(string body, string sent) =>
        Assert.Equal(sent, Write(ToVertex, body, ProviderCatalog.Messages.Facts(body), "c"));

    [Theory]
    [InlineData("""{"anthropic_version":"v","max_tokens":9}""", null, """{"model":"claude-x","max_tokens":9}""")]
    [InlineData("""{"anthropic_version":"v","max_tokens":9}""", true, """{"model":"claude-x","max_tokens":9,"stream":true}""")]
    [InlineData("""{"anthropic_version":"v","model":"m","stream":true}""", true, """{"model":"claude-x","stream":true}""")]
    [InlineData("""{"max_tokens":9}""", null, """{"max_tokens":9,"model":"claude-x"}""")]
    public void A_request_for_Vertex_then_with_its_model_for_Anthropic(string body, bool? stream, string sent) =>
        Assert.Equal(sent, Write(FromVertex, body, Facts(body, stream), "claude-x"));

    [Fact]
    public void A_limit_then_lowered_on_the_way()
    {
        const string body = """{"model":"c","max_tokens":500}""";

        Assert.Equal(
            """{"anthropic_version":"vertex-2023-10-16","max_tokens":80}""",
            Write(ToVertex, body, ProviderCatalog.Messages.Facts(body), "c", 80)
        );
        const string other = """{"anthropic_version":"v"}""";
        Assert.Equal("""{"anthropic_version":"v","max_tokens":80}""", Write(Native, other, Facts(other), "c", 80));
    }

    [Theory]
    [InlineData("claude-sonnet-4-5-20250929", true, "/publishers/anthropic/models/claude-sonnet-4-5%4020250929:streamRawPredict")]
    [InlineData("claude-sonnet-4-5@20250929", false, "/publishers/anthropic/models/claude-sonnet-4-5%4020250929:rawPredict")]
    [InlineData("claude-opus-5", false, "/publishers/anthropic/models/claude-opus-5:rawPredict")]
    public void Url_of_Claude_then_dated_as_Google_writes_it(string model, bool stream, string path) =>
        Assert.Equal("https://h/p" + path, Vertex.Url("https://h/p", ToVertex, model, stream));

    [Theory]
    [InlineData("global", "https://aiplatform.googleapis.com/v1/projects/p/locations/global")]
    [InlineData("eu", "https://aiplatform.eu.rep.googleapis.com/v1/projects/p/locations/eu")]
    [InlineData("us-central1", "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1")]
    public void Project_and_location_then_the_base_of_its_urls(string location, string url)
    {
        Assert.Equal(url, Vertex.PlacedUrl(null, "p", location));
        Assert.Equal(
            url + "/publishers/google/models/gemini-2.5-pro:streamGenerateContent",
            Vertex.Url(url, ProviderCatalog.Gemini, "gemini-2.5-pro", stream: true)
        );
        Assert.Equal("?alt=sse", Vertex.Query(ProviderCatalog.Gemini, stream: true, "?key=x"));
        Assert.Equal("", Vertex.Query(ToVertex, stream: true, "?beta=true"));
    }

    [Theory]
    [InlineData("claude-opus-5", false, true)]
    [InlineData("gemini-2.5-pro", true, false)]
    [InlineData("gemini-embedding-001", false, false)]
    public void A_model_then_in_its_publishers_format(string model, bool gemini, bool messages)
    {
        Assert.Equal(gemini, Vertex.Speaks(ProviderCatalog.Gemini, model));
        Assert.Equal(messages, Vertex.Speaks(Native, model));
        Assert.Equal(messages, Vertex.Speaks(ToVertex, model));
    }
}
