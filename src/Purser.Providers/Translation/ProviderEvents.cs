using System.Text.Json;
using Purser.Providers.Streams;

namespace Purser.Providers.Translation;

/// <summary>
/// What the events of one format's streams mean. A format's reader gives canonical events by the methods here, which see to it that there is one
/// start, one end, and nothing after it.
/// </summary>
internal abstract class ProviderEvents(AnswerContext context) : StreamEvents(new UsageReading())
{
    private int blocks;

    /// <summary>The request that is answered.</summary>
    protected AnswerContext Context { get; } = context;

    /// <summary>Takes the events.</summary>
    public CanonicalEvents? Sink { get; set; }

    /// <summary>Whether the start was given.</summary>
    protected bool HasStarted { get; private set; }

    /// <summary>Whether the end or an error was given.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether all came that the format has before its end: then a stream without its last mark has ended well.</summary>
    protected abstract bool IsWhole { get; }

    /// <inheritdoc/>
    public override bool IsFinal => HasEnded;

    /// <summary>Text of the event that is being read.</summary>
    protected TextScratch Scratch { get; } = new();

    /// <summary>Reads an event that isn't empty. False, or what a JSON reader throws: it's none of the format.</summary>
    protected abstract bool ReadEvent(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data);

    /// <summary>Gives what is still open its end, before the stream's.</summary>
    protected virtual void CloseBlocks() { }

    /// <inheritdoc/>
    protected sealed override bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        CheckFraming();
        if (HasEnded)
        {
            return true;
        }
        try
        {
            if (ReadEvent(name, data))
            {
                return true;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON; or bytes that are no UTF-8, met in a comparison.
        }
        Fail(new WireError(502, "stream_broken", "The provider's stream has an event that can't be read."));
        return true;
    }

    /// <summary>The framing may have found what it can't read.</summary>
    public void CheckFraming()
    {
        if (Reading.Violation is { } violation && !HasEnded && !violation.StartsWith(Cut, StringComparison.Ordinal))
        {
            Fail(new WireError(502, "stream_broken", $"The provider's stream can't be read: {violation}."));
        }
    }

    /// <summary>The bytes ended.</summary>
    public void Close()
    {
        CheckFraming();
        if (HasEnded)
        {
            return;
        }
        if (IsWhole)
        {
            GiveEnd();
            return;
        }
        Fail(new WireError(502, "stream_cut", "The provider's stream was cut off before its end."));
    }

    /// <summary>Gives the start, the first time; later calls do nothing.</summary>
    protected void GiveStart(string? id, string? model, CanonicalUsage? usage = null)
    {
        if (!HasStarted)
        {
            HasStarted = true;
            Give(
                new CanonicalEvent
                {
                    Kind = CanonicalEventKind.Start,
                    Id = id,
                    Name = model,
                    Usage = usage,
                }
            );
        }
    }

    /// <summary>Begins a block.</summary>
    /// <returns>Its number.</returns>
    protected int GiveBlockStart(int choice, BlockPart part, string? id = null, string? name = null, string? signer = null)
    {
        var block = blocks++;
        Give(
            new CanonicalEvent
            {
                Kind = CanonicalEventKind.BlockStart,
                Choice = choice,
                Block = block,
                Part = part,
                Id = id,
                Name = name,
                Signer = signer,
            }
        );
        return block;
    }

    /// <summary>Gives an open block's next piece, if it isn't empty.</summary>
    protected void GiveDelta(int choice, int block, BlockPart part, ReadOnlySpan<byte> text)
    {
        if (!text.IsEmpty)
        {
            Give(
                new CanonicalEvent
                {
                    Kind = CanonicalEventKind.Delta,
                    Choice = choice,
                    Block = block,
                    Part = part,
                    Text = text,
                }
            );
        }
    }

    /// <summary>Ends a block.</summary>
    protected void GiveBlockEnd(int choice, int block, BlockPart part) =>
        Give(
            new CanonicalEvent
            {
                Kind = CanonicalEventKind.BlockEnd,
                Choice = choice,
                Block = block,
                Part = part,
            }
        );

    /// <summary>Ends a choice.</summary>
    protected void GiveFinish(int choice, StopReason stop, string? stopSequence = null) =>
        Give(
            new CanonicalEvent
            {
                Kind = CanonicalEventKind.Finish,
                Choice = choice,
                Stop = stop,
                StopSequence = stopSequence,
            }
        );

    /// <summary>Gives the usage so far.</summary>
    protected void GiveUsage(CanonicalUsage usage) => Give(new CanonicalEvent { Kind = CanonicalEventKind.Usage, Usage = usage });

    /// <summary>Ends the stream.</summary>
    protected void GiveEnd()
    {
        if (!HasEnded)
        {
            CloseBlocks();
            HasEnded = true;
            Sink?.Take(new CanonicalEvent { Kind = CanonicalEventKind.End });
        }
    }

    /// <summary>Ends the stream with an error.</summary>
    protected void Fail(WireError error)
    {
        if (!HasEnded)
        {
            HasEnded = true;
            Sink?.Take(new CanonicalEvent { Kind = CanonicalEventKind.Error, Error = error });
        }
    }

    /// <summary>Gives any other event.</summary>
    protected void Give(in CanonicalEvent next)
    {
        if (!HasEnded)
        {
            Sink?.Take(next);
        }
    }
}
