using Purser.Providers.Bodies;

namespace Purser.Providers.Gemini;

/// <summary>
/// Batches of Gemini's API (<c>{"key","response":{}}</c>, or <c>"error"</c> in its place) and of Vertex (<c>{"status":"","request":{},"response":{}}</c>).
/// </summary>
/// <param name="answers">Reads the answers.</param>
internal sealed class GeminiBatchReader(BodyReader answers) : BatchBodyReader
{
    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        var response = BodyScan.Member(body, "response"u8);
        if (IsObject(response) && !BodyScan.Member(response, "usageMetadata"u8).IsEmpty)
        {
            return ReadAnswer(answers, response, model, reading);
        }
        var failed = IsObject(BodyScan.Member(body, "error"u8)) || !string.IsNullOrEmpty(BodyScan.Text(body, "status"u8));
        return failed ? NoAnswer(reading, "the request failed, and isn't billed") : NoLine(reading);
    }
}
