using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Providers;

namespace Purser.Gateway.Pipeline;

/// <summary>What a request's body says.</summary>
/// <param name="Facts">What the wire format's one pass found.</param>
/// <param name="Profile">The same as routing and money see it.</param>
/// <param name="Input">The input, to be tokenized where its bytes don't fit.</param>
internal sealed record Understanding(RequestFacts Facts, TaskProfile Profile, InputBound Input)
{
    /// <summary>Reads a body in its client's format.</summary>
    public static (Understanding? Understanding, Refusal? Refusal) Read(
        WireFormat format,
        ReadOnlyMemory<byte> body,
        in RequestTarget target
    )
    {
        var result = format.Understand(body, target);
        if (result.Facts is not { } facts)
        {
            return (null, Refusal.BadRequest(result.Fault!.Code, result.Fault.Message));
        }

        var profile = new TaskProfile
        {
            Format = format.Name,
            Model = facts.Model,
            Stream = facts.Stream,
            BodyBytes = body.Length,
            MaxOutputTokens = facts.MaxOutputTokens,
            Choices = facts.Choices,
            Inputs = facts.Inputs,
            MaxInputTokens = facts.MaxInputTokens,
            Pieces = facts.Pieces,
            SearchUnits = facts.SearchUnits,
            HasTools = facts.HasTools,
            HostedToolCalls = facts.HostedToolCalls,
            HasWebSearch = facts.HasWebSearch,
            SearchOptionCalls = facts.SearchOptionCalls,
            SearchContext = facts.SearchContext,
            SearchesPerCall = facts.SearchesPerCall,
            UnboundedInput = facts.UnboundedInput,
            ToolsAddInput = facts.ToolsAddInput,
            NonTextInput = facts.HasNonTextInput,
            CacheWrites = CacheWrites(format, facts),
            AudioOutput = facts.AudioOutput,
            PredictionBytes = facts.PredictionBytes,
            MayCompact = facts.MayCompact,
            OtherModels = facts.OtherModels,
            OpenEndedModels = facts.OpenEndedModels,
            Terms = new PricingTerms(facts.ServiceTier, facts.InferenceGeo, facts.Speed) { Variant = facts.Pieces.Variant },
        };
        return (new Understanding(facts, profile, new InputBound(body, facts, profile)), null);
    }

    // Where a model's price has writes, any of the input can be one.
    private static CacheWriteHint CacheWrites(WireFormat format, RequestFacts facts) =>
        facts.CacheWrites == CacheWriteHint.None && format.CachesUnasked ? CacheWriteHint.Automatic : facts.CacheWrites;
}
