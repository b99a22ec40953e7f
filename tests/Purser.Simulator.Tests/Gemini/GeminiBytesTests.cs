using static Purser.Simulator.Tests.SimulatorUnderTest;

namespace Purser.Simulator.Tests.Gemini;

/// <summary>The bytes that Google would send, but for ids and words (see <see cref="SimulatorUnderTest.Masked"/>).</summary>
public class GeminiBytesTests
{
    private const string Hi = "\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"Say hi, please\"}]}]";

    [Fact]
    public async Task A_whole_answer()
    {
        await using var simulator = await StartAsync();
        var response = await simulator.GeminiAsync(
            "gemini-2.5-flash-lite:generateContent",
            $"{{{Hi},\"generationConfig\":{{\"maxOutputTokens\":3}}}}"
        );
        Assert.Equal("application/json; charset=UTF-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            """
            {
              "candidates": [
                {
                  "content": {
                    "parts": [
                      {
                        "text": "W W W"
                      }
                    ],
                    "role": "model"
                  },
                  "finishReason": "MAX_TOKENS",
                  "index": 0
                }
              ],
              "usageMetadata": {
                "promptTokenCount": 5,
                "candidatesTokenCount": 3,
                "totalTokenCount": 8,
                "promptTokensDetails": [
                  {
                    "modality": "TEXT",
                    "tokenCount": 5
                  }
                ],
                "serviceTier": "standard"
              },
              "modelVersion": "gemini-2.5-flash-lite",
              "responseId": "ID"
            }

            """,
            Masked(await TextAsync(response))
        );
    }

    [Fact]
    public async Task A_stream_of_events()
    {
        await using var simulator = await StartAsync();
        var response = await simulator.GeminiAsync(
            "gemini-2.5-flash:streamGenerateContent?alt=sse",
            $"{{{Hi},\"generationConfig\":{{\"maxOutputTokens\":4,\"thinkingConfig\":{{\"includeThoughts\":true}}}}}}"
        );
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.ToString());
        const string Prompt = "\"promptTokensDetails\": [{\"modality\": \"TEXT\",\"tokenCount\": 5}]";
        const string End = "\"serviceTier\": \"standard\"},\"modelVersion\": \"gemini-2.5-flash\",\"responseId\": \"ID\"}\r\n\r\n";
        Assert.Equal(
            "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"W\",\"thought\": true}],\"role\": \"model\"},\"index\": 0}],"
                + $"\"usageMetadata\": {{\"promptTokenCount\": 5,\"totalTokenCount\": 6,{Prompt},\"thoughtsTokenCount\": 1,{End}"
                + "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"W\"}],\"role\": \"model\"},\"index\": 0}],"
                + $"\"usageMetadata\": {{\"promptTokenCount\": 5,\"candidatesTokenCount\": 1,\"totalTokenCount\": 7,{Prompt},\"thoughtsTokenCount\": 1,{End}"
                + "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \" W\"}],\"role\": \"model\"},\"index\": 0}],"
                + $"\"usageMetadata\": {{\"promptTokenCount\": 5,\"candidatesTokenCount\": 2,\"totalTokenCount\": 8,{Prompt},\"thoughtsTokenCount\": 1,{End}"
                + "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \" W\"}],\"role\": \"model\"},\"index\": 0}],"
                + $"\"usageMetadata\": {{\"promptTokenCount\": 5,\"candidatesTokenCount\": 3,\"totalTokenCount\": 9,{Prompt},\"thoughtsTokenCount\": 1,{End}"
                + "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"\",\"thoughtSignature\": \"EqQBID\"}],\"role\": \"model\"},\"finishReason\": \"MAX_TOKENS\",\"index\": 0}],"
                + $"\"usageMetadata\": {{\"promptTokenCount\": 5,\"candidatesTokenCount\": 3,\"totalTokenCount\": 9,{Prompt},\"thoughtsTokenCount\": 1,{End}",
            Masked(await TextAsync(response))
        );
    }

    [Fact]
    public async Task An_array_is_one_JSON_value_and_starts_with_its_bracket()
    {
        await using var simulator = await StartAsync();
        var text = await TextAsync(
            await simulator.GeminiAsync(
                "gemini-2.5-flash-lite:streamGenerateContent",
                $"{{{Hi},\"generationConfig\":{{\"maxOutputTokens\":2}}}}"
            )
        );
        Assert.StartsWith("[{\n  \"candidates\": [\n", text, StringComparison.Ordinal);
        Assert.Equal(3, text.Split("\n},\r\n{\n").Length);
        Assert.EndsWith("\n}\n]\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gemini-2.5-flash:generateContent", "{", "{\n  \"error\": {\n    \"code\": 400,\n")]
    [InlineData("gemini-2.5-flash:streamGenerateContent?alt=sse", "{", "{\n  \"error\": {\n    \"code\": 400,\n")]
    [InlineData("gemini-2.5-flash:streamGenerateContent", "{", "[\n  {\n    \"error\": {\n      \"code\": 400,\n")]
    public async Task Errors_are_in_an_array_where_one_was_asked_for(string path, string body, string start)
    {
        await using var simulator = await StartAsync();
        Assert.StartsWith(start, await TextAsync(await simulator.GeminiAsync(path, body)), StringComparison.Ordinal);
    }
}
