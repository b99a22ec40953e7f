using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Purser.Gateway.Pipeline.Resilience;

/// <summary>What a provider's refusal says about trying again.</summary>
internal static class RetryAdvice
{
    // A refusal is short; in a long one, nothing is looked for.
    private const int LongestRefusal = 64 << 10;

    /// <summary>Notes what an error says about it.</summary>
    public static void Take(CallResult result, HttpResponseHeaders headers, PooledBuffer? body, DateTimeOffset now)
    {
        if (result.Status >= 400)
        {
            result.RetryAfter = Wait(headers, body is null ? default : body.Span, now);
            result.ForbidsRetry = ForbidsRetry(headers);
            result.SaysKeyIsInvalid = body is { Length: <= LongestRefusal } && body.Span.IndexOf("\"API_KEY_INVALID\""u8) >= 0;
        }
    }

    /// <summary>
    /// How long the provider asks to wait: <c>retry-after-ms</c>, <c>Retry-After</c> in seconds or as a date, or the <c>retryDelay</c> of
    /// Google's RetryInfo in the body. Null where it doesn't say, or says what can't be read.
    /// </summary>
    /// <param name="headers">The answer's headers.</param>
    /// <param name="body">Its body.</param>
    /// <param name="now">For dates.</param>
    public static TimeSpan? Wait(HttpResponseHeaders headers, ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        if (First(headers, "retry-after-ms") is { } milliseconds && Number(milliseconds) is { } wait)
        {
            return TimeSpan.FromMilliseconds(wait);
        }

        if (First(headers, "Retry-After") is { } after)
        {
            return Number(after) is { } seconds ? TimeSpan.FromSeconds(seconds)
                : Date(after) is { } date ? (date > now ? date - now : TimeSpan.Zero)
                : null;
        }

        return RetryDelay(body);
    }

    /// <summary>Whether the provider says that trying again can't help, as those of OpenAI and Anthropic do.</summary>
    public static bool ForbidsRetry(HttpResponseHeaders headers) =>
        string.Equals(First(headers, "x-should-retry"), "false", StringComparison.OrdinalIgnoreCase);

    private static string? First(HttpResponseHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) && values.Count > 0 ? values.First().Trim() : null;

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number <= 1e9
            ? number
            : null;

    private static DateTimeOffset? Date(string text) =>
        DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;

    private static TimeSpan? RetryDelay(ReadOnlySpan<byte> body)
    {
        if (body.Length > LongestRefusal || body.IndexOf("\"retryDelay\""u8) < 0)
        {
            return null;
        }

        try
        {
            var json = new Utf8JsonReader(body);
            while (json.Read())
            {
                if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("retryDelay"u8))
                {
                    // A protobuf duration as JSON: "34.5s".
                    return json.Read() && json.TokenType == JsonTokenType.String && json.GetString() is [>= '0' and <= '9', .., 's'] text
                        ? Number(text[..^1]) is { } seconds
                            ? TimeSpan.FromSeconds(seconds)
                            : null
                        : null;
                }
            }
        }
        catch (JsonException)
        {
            // No advice, then.
        }

        return null;
    }
}
