using System.Runtime.CompilerServices;

namespace Purser.Core.Usage;

/// <summary>What one attempt used, in disjoint <see cref="UsageClass"/>es. Quantities are never negative.</summary>
public struct TokenUsage : IEquatable<TokenUsage>
{
    /// <summary>How many classes there are.</summary>
    public const int ClassCount = (int)UsageClass.VideoSecond + 1;

    private Quantities quantities;

    /// <summary>The quantity of one class: tokens, or what the unit of the class counts (calls, pages, seconds, …).</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative quantity is set.</exception>
    public long this[UsageClass usageClass]
    {
        readonly get => quantities[(int)usageClass];
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            quantities[(int)usageClass] = value;
        }
    }

    /// <summary>All input tokens, cached or not, of every modality. This is what context tiers are chosen by.</summary>
    public readonly long InputTokens =>
        this[UsageClass.Input]
        + this[UsageClass.CacheRead]
        + this[UsageClass.CacheWrite5m]
        + this[UsageClass.CacheWrite1h]
        + this[UsageClass.AudioInput]
        + this[UsageClass.AudioCacheRead]
        + this[UsageClass.ImageInput]
        + this[UsageClass.ImageCacheRead]
        + this[UsageClass.VideoInput]
        + this[UsageClass.VideoCacheRead];

    /// <summary>All output tokens, reasoning and citations included, of every modality.</summary>
    public readonly long OutputTokens =>
        this[UsageClass.Output]
        + this[UsageClass.ReasoningOutput]
        + this[UsageClass.AudioOutput]
        + this[UsageClass.ImageOutput]
        + this[UsageClass.VideoOutput]
        + this[UsageClass.Citation];

    /// <summary>Input tokens read from a prompt cache, of every modality.</summary>
    public readonly long CachedInputTokens =>
        this[UsageClass.CacheRead] + this[UsageClass.AudioCacheRead] + this[UsageClass.ImageCacheRead] + this[UsageClass.VideoCacheRead];

    /// <summary>Input and output tokens together. Calls, pages, seconds and the like are no tokens.</summary>
    public readonly long TotalTokens => InputTokens + OutputTokens;

    /// <summary>Whether it says how large the context of the request's search was.</summary>
    public readonly bool HasContextRequest =>
        this[UsageClass.LowContextRequest] + this[UsageClass.MediumContextRequest] + this[UsageClass.HighContextRequest] > 0;

    /// <summary>How many classes were used.</summary>
    internal readonly int UsedClasses => ClassCount - ((ReadOnlySpan<long>)quantities).Count(0);

    /// <summary>The largest quantity of a class.</summary>
    internal readonly long Largest
    {
        get
        {
            var largest = 0L;
            foreach (var quantity in (ReadOnlySpan<long>)quantities)
            {
                largest = Math.Max(largest, quantity);
            }
            return largest;
        }
    }

    /// <summary>The first class that was used, of those from one on; <see cref="ClassCount"/> where none was.</summary>
    internal readonly UsageClass NextUsed(UsageClass from)
    {
        var next = ((ReadOnlySpan<long>)quantities)[(int)from..].IndexOfAnyExcept(0);
        return next < 0 ? (UsageClass)ClassCount : from + next;
    }

    /// <inheritdoc/>
    public readonly bool Equals(TokenUsage other) => ((ReadOnlySpan<long>)quantities).SequenceEqual(other.quantities);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is TokenUsage other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(InputTokens, OutputTokens, this[UsageClass.WebSearch]);

    /// <summary>Whether two usages are the same in every class.</summary>
    public static bool operator ==(TokenUsage left, TokenUsage right) => left.Equals(right);

    /// <summary>Whether two usages differ in some class.</summary>
    public static bool operator !=(TokenUsage left, TokenUsage right) => !left.Equals(right);

    [InlineArray(ClassCount)]
    private struct Quantities
    {
        private long first;
    }
}
