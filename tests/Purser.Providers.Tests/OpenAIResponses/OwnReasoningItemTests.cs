using System.Buffers;
using System.Text;

namespace Purser.Providers.Tests.OpenAIResponses;

/// <summary>Reasoning of other vendors' models that a client of OpenAI's responses sends back, and the conversation goes to OpenAI itself.</summary>
public class OwnReasoningItemTests
{
    private const string Claudes = """{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"purser.messages.s.EqoB"}""";
    private const string OpenAIs = """{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"gAAAA"}""";
    private const string Call = """{"type":"function_call","call_id":"c","name":"n","arguments":"{\"encrypted_content\":\"purser.x\"}"}""";

    [Theory]
    [InlineData($"{Claudes},{Call}", Call, "drop:reasoning_content")]
    [InlineData($"{OpenAIs},{Call},{Claudes}", $"{OpenAIs},{Call}", "drop:reasoning_content")]
    [InlineData($"{OpenAIs},{Call}", $"{OpenAIs},{Call}", "")]
    [InlineData(Claudes, "", "drop:reasoning_content")]
    public void What_another_vendor_signed_then_left_out(string input, string sent, string rules)
    {
        var body = $$"""{"model":"m","input":[{{input}}],"store":false}""";
        var facts = ProviderCatalog.Responses.Facts(body);
        var destination = new Destination("m", 9000, "req_1", DateTimeOffset.UnixEpoch);
        var format = ProviderCatalog.Responses.Prepare(Wire.Bytes(body), facts, destination).Format!;
        var output = new ArrayBufferWriter<byte>();
        format.WriteRequest(Wire.Bytes(body), facts, "m", output);

        Assert.Equal($$"""{"model":"m","input":[{{sent}}],"store":false}""", Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Equal((rules, rules.Length > 0), (string.Join(", ", format.Rules), format.NeedsRewrite(facts, "m")));
    }
}
