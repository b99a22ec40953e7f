using System.Buffers;
using System.Text;
using System.Text.Json;
using Purser.Core.Usage;

namespace Purser.Providers.Tests.Gemini;

public class GeminiAnswerTests
{
    private static readonly WireFormat Format = ProviderCatalog.Gemini;

    [Fact]
    public void A_whole_answer_then_its_usage_in_classes()
    {
        // Recorded of gemini-3-pro-preview, its text shortened.
        var reading = Format.Read(
            """{"candidates":[{"content":{"parts":[{"text":"There are **3**","thoughtSignature":"EmcK"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":29,"totalTokenCount":320,"promptTokensDetails":[{"modality":"TEXT","tokenCount":9}],"thoughtsTokenCount":282},"modelVersion":"gemini-3-pro-preview","responseId":"YH6L"}"""
        );

        Assert.Equal(
            (9, 29, 282),
            (reading.Usage[UsageClass.Input], reading.Usage[UsageClass.Output], reading.Usage[UsageClass.ReasoningOutput])
        );
        Assert.Equal(("gemini-3-pro-preview", "YH6L", "STOP"), (reading.ServedModel, reading.ResponseId, reading.StopReason));
        Assert.True(reading.UsageIsFinal);
        Assert.Null(reading.Violation);
    }

    [Fact]
    public void Images_and_video_then_apart_until_the_price_is_known()
    {
        var reading = Format.Read(
            """{"candidates":[],"usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":1,"totalTokenCount":101,"promptTokensDetails":[{"modality":"TEXT","tokenCount":10},{"modality":"IMAGE","tokenCount":30},{"modality":"VIDEO","tokenCount":60}]}}"""
        );

        Assert.Equal(
            (10, 30, 0),
            (reading.Usage[UsageClass.Input], reading.Usage[UsageClass.ImageInput], reading.Usage[UsageClass.VideoInput])
        );
        Assert.Equal((60L, 0L), (reading.Video!.Value.Fresh, reading.Video.Value.CacheRead));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"candidates":[]}""")]
    [InlineData("""{"candidates":[]} x""")]
    public void An_answer_without_usage_then_not_final(string body) => Assert.False(Format.Read(body).UsageIsFinal);

    [Fact]
    public void Embeddings_that_state_their_usage_then_read()
    {
        var reading = ProviderCatalog.GeminiEmbeddings.Read(
            """{"embeddings":[{"values":[0.5,0.8]}],"usageMetadata":{"promptTokenCount":12,"promptTokenDetails":[{"modality":"TEXT","tokenCount":10},{"modality":"AUDIO","tokenCount":2}]}}"""
        );

        Assert.Equal((10, 2, 0), (reading.Usage[UsageClass.Input], reading.Usage[UsageClass.AudioInput], reading.Usage.OutputTokens));
        Assert.True(reading.UsageIsFinal);
    }

    [Fact]
    public void A_refusal_then_in_Googles_form_with_its_members_among_the_details() =>
        Assert.Equal(
            """{"error":{"code":402,"message":"The budget is spent.","status":"FAILED_PRECONDITION","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"budget_exceeded","domain":"purser","metadata":{"param":"x","budget":"search","request_id":"req-1"}}]}}""",
            Format.Error(
                new WireError(402, "budget_exceeded", "The budget is spent.", "x", "req-1", [new("budget", "search"), new("code", "no")])
            )
        );

    [Theory]
    [InlineData(400, "INVALID_ARGUMENT")]
    [InlineData(401, "UNAUTHENTICATED")]
    [InlineData(403, "PERMISSION_DENIED")]
    [InlineData(404, "NOT_FOUND")]
    [InlineData(413, "INVALID_ARGUMENT")]
    [InlineData(429, "RESOURCE_EXHAUSTED")]
    [InlineData(500, "INTERNAL")]
    [InlineData(503, "UNAVAILABLE")]
    [InlineData(504, "DEADLINE_EXCEEDED")]
    public void Status_then_Googles_name_for_it(int status, string name) =>
        Assert.Contains($"\"status\":\"{name}\"", Format.Error(new WireError(status, "c", "m")), StringComparison.Ordinal);

    [Fact]
    public void Models_then_in_Googles_form() =>
        Assert.Equal(
            """{"models":[{"name":"models/gemini-2.5-flash","version":"001","displayName":"gemini-2.5-flash","inputTokenLimit":1048576,"outputTokenLimit":65536,"supportedGenerationMethods":["generateContent","streamGenerateContent","countTokens"]},{"name":"models/gemini-embedding-001","version":"001","displayName":"gemini-embedding-001","supportedGenerationMethods":["embedContent","batchEmbedContents"]}]}""",
            Encoding.UTF8.GetString(
                Format.ModelList([
                    new("gemini-2.5-flash", "gemini", ContextTokens: 1048576, MaxOutputTokens: 65536),
                    new("gemini-embedding-001", "gemini"),
                ])
            )
        );

    [Theory]
    [InlineData("""{"contents":[]}""", true)]
    [InlineData("""{"contents":{"parts":[]}}""", true)]
    [InlineData("""{"generateContentRequest":{"model":"models/m","contents":[]}}""", true)]
    [InlineData("""{"contents":"hi"}""", false)]
    [InlineData("""{"generateContentRequest":{}}""", false)]
    public void A_request_to_count_then_counted_where_it_has_contents(string body, bool has) =>
        Assert.Equal(has, Format.Counting!.Check(Wire.Bytes(body)) is null);

    [Fact]
    public void A_count_then_written_as_it_is_read()
    {
        var output = new ArrayBufferWriter<byte>();
        Format.Counting!.Write(output, 12);

        Assert.Equal("""{"totalTokens":12}""", Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Equal(12, Format.Counting.Read(output.WrittenSpan));
        Assert.Null(Format.Counting.Read("""{"totalTokens":"x"}"""u8));
        using var about = JsonDocument.Parse("""{"code":404,"message":"models/m is not found","status":"NOT_FOUND"}""");
        Assert.True(Format.Counting.IsAboutRequest(about.RootElement));
    }
}
