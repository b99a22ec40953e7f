using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.LlamaCpp;

/// <summary>
/// llama.cpp's server: <c>tokens_evaluated</c> (the whole prompt) and <c>tokens_predicted</c> of its own completions, or <c>usage</c> as OpenAI's
/// format has it, or <c>timings</c> alone, whose <c>prompt_n</c> leaves out what the cache had.
/// </summary>
/// <param name="chat">Reads what is written by OpenAI's format.</param>
internal sealed class LlamaCppBodyReader(BodyReader chat) : BodyReader
{
    private static readonly FigurePaths Paths = new(
        "tokens_evaluated",
        "tokens_predicted",
        "timings.prompt_n",
        "timings.cache_n",
        "timings.predicted_n"
    );

    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        if (ComputeTime.OfTimings(BodyScan.Member(body, "timings"u8)) is > 0 and var milliseconds)
        {
            // A stream's earlier chunk may have had them.
            reading.ComputeMilliseconds = milliseconds;
        }
        Span<long> found = stackalloc long[Paths.Count];
        Paths.Read(body, found, reading);
        var (prompt, output, evaluated, cached) = (found[0], found[1], found[2], found[3]);
        var hasUsage = BodyScan.Member(body, "usage"u8) is [(byte)'{', ..];
        if (prompt < 0 && (hasUsage || evaluated < 0))
        {
            // The usage in it, or the usage object alone.
            return chat.ReadInto(body, model, reading);
        }
        BodyScan.Of(body, "usage"u8, reading);
        prompt = prompt < 0 && cached >= 0 ? evaluated + cached : prompt;
        output = output < 0 ? found[4] : output;
        if (prompt < 0 || output < 0)
        {
            reading.AddViolation("the answer lacks tokens_evaluated or tokens_predicted, or timings with cache_n");
            return default;
        }
        cached = Math.Max(0, cached);
        if (cached > prompt)
        {
            reading.AddViolation("the cached tokens exceed the prompt tokens");
            return default;
        }
        var usage = default(TokenUsage);
        usage[UsageClass.Input] = prompt - cached;
        usage[UsageClass.CacheRead] = cached;
        usage[UsageClass.Output] = output;
        Set(reading, usage);
        return default;
    }
}
