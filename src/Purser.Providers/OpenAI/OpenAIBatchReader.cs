using Purser.Providers.Bodies;

namespace Purser.Providers.OpenAI;

/// <summary>
/// OpenAI's batches, and those of hosts with its format: <c>{"custom_id","response":{"status_code":200,"body":{}},"error":null}</c>. The body says by
/// its <c>object</c> whose answer it is.
/// </summary>
/// <param name="chat">Reads chat completions and embeddings.</param>
/// <param name="responses">Reads responses.</param>
internal sealed class OpenAIBatchReader(BodyReader chat, BodyReader responses) : BatchBodyReader
{
    private static readonly FigurePaths Status = new("status_code");

    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        var error = BodyScan.Member(body, "error"u8);
        var response = BodyScan.Member(body, "response"u8);
        if (!IsObject(response))
        {
            return IsObject(error)
                ? NoAnswer(reading, "the batch has no answer to this request: it failed, expired or was cancelled, and isn't billed")
                : NoLine(reading);
        }
        Span<long> found = stackalloc long[Status.Count];
        Status.Read(response, found, reading);
        if (found[0] is >= 0 and not (>= 200 and < 300))
        {
            return NoAnswer(reading, $"the request was answered with status {found[0]}, and isn't billed");
        }
        var answer = BodyScan.Member(response, "body"u8);
        if (!IsObject(answer))
        {
            return NoLine(reading);
        }
        return ReadAnswer(BodyScan.Text(answer, "object"u8) == "response" ? responses : chat, answer, model, reading);
    }
}
