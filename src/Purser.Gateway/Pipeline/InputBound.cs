using Purser.Core.Routing;
using Purser.Providers;
using Purser.Providers.Tokens;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// A request's input, tokenized: for requests that don't fit a budget by their bytes. A text's tokens are counted once a model, one text at a time
/// and away from the threads that serve sockets: the first use of a vocabulary loads it, which takes a second and some 70 MB.
/// </summary>
internal sealed class InputBound(ReadOnlyMemory<byte> body, RequestFacts facts, TaskProfile profile)
{
    // Of a smaller one the bytes are as good: they cost next to nothing beside the output.
    private const int SmallestBody = 2 << 10;

    // A larger one takes a good part of a second, which those who have no budget must not be able to cost everyone.
    private const int LargestBody = 4 << 20;

    private static readonly SemaphoreSlim OneAtATime = new(1);

    private Dictionary<string, long?>? known;

    /// <summary>A candidate with the tokens counted, where that was done already; else as it is.</summary>
    public Candidate Tightened(Candidate candidate) =>
        known?.GetValueOrDefault(candidate.Model.Model) is { } tokens ? candidate.WithInput(tokens) : candidate;

    /// <summary>
    /// Counts the tokens for a candidate's model. Null where that tells nothing beyond the bytes: the model's tokenizer isn't known, the input isn't
    /// all text in the body, or the body is smaller than 2 KiB or larger than 4 MiB.
    /// </summary>
    public async Task<Candidate?> TightenAsync(Candidate candidate)
    {
        var model = candidate.Model.Model;
        if (
            known?.ContainsKey(model) == true
            || !profile.IsConversation
            || profile.Turns > 1
            || body.Length is < SmallestBody or > LargestBody
        )
        {
            return null;
        }

        await OneAtATime.WaitAsync();
        try
        {
            var tokens = await Task.Run(() => TokenBound.Input(body.Span, facts, model));
            (known ??= [])[model] = tokens + profile.ToolPromptTokens;
        }
        finally
        {
            OneAtATime.Release();
        }

        var tightened = Tightened(candidate);
        return tightened.MaxInputTokens < candidate.MaxInputTokens ? tightened : null;
    }
}
