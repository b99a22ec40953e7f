using Purser.Providers.Bodies;
using Purser.Providers.Streams;

namespace Purser.Providers.Bedrock;

/// <summary>A stream of whatever model's own events. Bedrock puts what is billed into the last of them: <c>amazon-bedrock-invocationMetrics</c>.</summary>
internal sealed class MetricsStream(BodyReader body, string? model) : LastUsage(body, model)
{
    /// <inheritdoc/>
    public override bool IsFinal => HasKept;

    /// <inheritdoc/>
    protected override bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        if (IsDone(data))
        {
            return true;
        }
        TypeOf(data, out var isObject);
        if (isObject && BodyScan.Member(data, InvokeBodyReader.Metrics) is [(byte)'{', ..])
        {
            Keep(data);
        }
        return isObject;
    }
}
