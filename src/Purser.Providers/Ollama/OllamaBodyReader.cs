using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.Ollama;

/// <summary>
/// Ollama's own API: the counts stand in the answer itself. It leaves the prompt's out where it had the prompt in its cache; that
/// can't be billed.
/// </summary>
internal sealed class OllamaBodyReader : BodyReader
{
    private static readonly FigurePaths Paths = new("prompt_eval_count", "eval_count");

    private protected override VideoInput Read(ReadOnlySpan<byte> body, string? model, UsageReading reading)
    {
        // There is no such member: the body is the usage object.
        BodyScan.Of(body, "usage"u8, reading);
        reading.ComputeMilliseconds = ComputeTime.OfTotal(BodyScan.Member(body, "total_duration"u8));
        Span<long> found = stackalloc long[Paths.Count];
        Paths.Read(body, found, reading);
        if (found[0] < 0 || found[1] < 0)
        {
            reading.AddViolation("the usage lacks prompt_eval_count or eval_count");
            return default;
        }
        var usage = default(TokenUsage);
        usage[UsageClass.Input] = found[0];
        usage[UsageClass.Output] = found[1];
        Set(reading, usage);
        return default;
    }
}
