using Purser.Providers.Bodies;

namespace Purser.Providers.Streams;

/// <summary>A format in which one event has the whole usage: it is kept, and read at the stream's end as a whole answer would be.</summary>
/// <param name="body">Reads it.</param>
/// <param name="model">The model that was asked for, if that is known.</param>
internal abstract class LastUsage(BodyReader body, string? model) : StreamEvents
{
    private readonly PooledBytes kept = new();

    /// <summary>Reads what is kept.</summary>
    protected BodyReader Body { get; } = body;

    /// <summary>The model that was asked for, if that is known.</summary>
    protected string? Model { get; } = model;

    /// <summary>Whether an event was kept.</summary>
    protected bool HasKept => kept.Length > 0;

    /// <inheritdoc/>
    public override VideoInput End() => HasKept ? Body.ReadInto(kept.Written, Model, Reading) : default;

    /// <inheritdoc/>
    public override void Dispose()
    {
        kept.Dispose();
        base.Dispose();
    }

    /// <summary>Keeps an event, or the part of it that is like a body, in place of what was kept.</summary>
    protected void Keep(ReadOnlySpan<byte> json)
    {
        kept.Clear();
        kept.TryAppend(json);
    }
}
