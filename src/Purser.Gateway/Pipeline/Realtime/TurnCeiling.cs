using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Providers;

namespace Purser.Gateway.Pipeline.Realtime;

/// <summary>Finds what a response of a session can cost at most.</summary>
internal static class TurnCeiling
{
    // OpenAI's models transcribe no more at once, at twice its fastest model's ten tokens a second and more words than anybody says.
    private const long AudioSeconds = 1500;
    private const long InputTokens = AudioSeconds * 20;
    private const long OutputTokens = AudioSeconds * 10;

    /// <summary>A response as routing and money see it: sound in and out, whose input only the context bounds.</summary>
    public static TaskProfile Profile(string model, long? maxOutputTokens) =>
        new()
        {
            Format = ProviderApi.Realtime,
            Model = model,
            Stream = true,
            BodyBytes = 0,
            MaxOutputTokens = maxOutputTokens,
            UnboundedInput = true,
            NonTextInput = true,
            AudioOutput = true,
            CacheWrites = CacheWriteHint.Automatic,
            // What the answer doesn't say is charged as sound, the dearest that it can be.
            Pieces = new PieceBounds { AudioSeconds = 1, Characters = 1 },
        };

    /// <summary>A model with the most that a response and a transcription can cost together there, or why it can't be said.</summary>
    public static (Candidate? Candidate, Refusal? Refusal) Of(
        PipelineParts parts,
        CatalogModel model,
        TaskProfile profile,
        long? inputTokens,
        IReadOnlyList<string> transcribers
    )
    {
        var now = parts.Clock.GetUtcNow();
        var limit = model.Priced?.MaxOutputTokens;
        var bounded = profile with { MaxOutputTokens = Least(profile.MaxOutputTokens, limit) };
        var route = Router.Route(bounded with { Model = $"{model.Provider}/{model.Model}" }, parts.Catalog, now);
        if (route.Candidates is not [var candidate, ..])
        {
            return (null, Refusal.From(route));
        }

        foreach (var transcriber in transcribers)
        {
            var beside = Router.Route(
                new TaskProfile
                {
                    Format = "transcriptions",
                    Model = $"{model.Provider}/{transcriber}",
                    BodyBytes = 0,
                    MaxInputTokens = InputTokens,
                    MaxOutputTokens = OutputTokens,
                    NonTextInput = true,
                    Pieces = new PieceBounds { AudioSeconds = AudioSeconds },
                },
                parts.Catalog,
                now
            );
            if (beside.Candidates is not [var found, ..])
            {
                return (
                    null,
                    new Refusal(
                        402,
                        Refusal.NotPriced,
                        $"The session would have its input transcribed by '{transcriber}', which has no price at '{model.Provider}' here: {beside.Reason}"
                    )
                );
            }

            candidate = candidate with { Ceiling = candidate.Ceiling + found.Ceiling, Besides = candidate.Besides + found.Ceiling };
        }

        return (inputTokens is { } tokens ? candidate.WithInput(tokens) : candidate, null);
    }

    private static long? Least(long? left, long? right) => left is null ? right : Math.Min(left.Value, right ?? long.MaxValue);
}
