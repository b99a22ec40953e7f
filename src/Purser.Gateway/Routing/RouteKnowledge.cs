using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Purser.Gateway.Configuration;
using Purser.Gateway.Storage;
using Purser.Routing;
using Purser.Routing.Choice;
using Purser.Routing.Evidence;
using Purser.Routing.Learning;
using Purser.Routing.Understanding;

namespace Purser.Gateway.Routing;

/// <summary>A model file that is in force.</summary>
/// <param name="File">Where it was read from.</param>
/// <param name="LoadedAt">When.</param>
/// <param name="Predictor">The version of what was learned.</param>
/// <param name="Thresholds">The thresholds by its held-out rows.</param>
/// <param name="Policies">What each policy knows by it.</param>
/// <param name="Unknown">The models of the configuration that it has learned nothing of.</param>
internal sealed record LoadedModel(
    string File,
    DateTimeOffset LoadedAt,
    string Predictor,
    Thresholds Thresholds,
    FrozenDictionary<string, RouteEvidence> Policies,
    IReadOnlyList<string> Unknown
)
{
    /// <summary>What can be promised by a policy at its usual floor, for each class that there is any evidence of.</summary>
    public IEnumerable<(TaskClass Kind, RiskGuarantee Promise)> Promises(RoutePolicy policy) =>
        Enum.GetValues<TaskClass>()
            .Select(kind => (kind, Promise: Policies[policy.Name].Promise!(kind, policy.Reference, policy.Floor / 100.0)))
            .Where(pair => pair.Promise.Rows > 0);
}

/// <summary>
/// What is known of how well models do. It's read from the model file at the start, and again when an administrator says so; a file that can't be used leaves
/// the one before in force. Safe for parallel calls.
/// </summary>
internal sealed partial class RouteKnowledge
{
    private readonly RoutingOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger<RouteKnowledge> log;
    private volatile LoadedModel? model;

    private RouteKnowledge(RoutingOptions options, TimeProvider clock, ILogger<RouteKnowledge> log) =>
        (this.options, this.clock, this.log) = (options, clock, log);

    /// <summary>The file in force; null where none is configured.</summary>
    public LoadedModel? Model => model;

    /// <summary>What an operator should know of the file in force.</summary>
    public IEnumerable<string> Warnings =>
        model is { Unknown: [_, ..] unknown }
            ?
            [
                $"The router model '{model.File}' has learned nothing of {string.Join(", ", unknown)}, so these take nothing from the reference. "
                    + $"Where it knows them by another name, say so: learned_as. It knows: {string.Join(", ", model.Thresholds.Models)}.",
            ]
            : [];

    /// <summary>Reads the model file that the configuration names.</summary>
    /// <exception cref="InvalidConfigurationException">It can't be used.</exception>
    public static RouteKnowledge? Open(RoutingOptions? options, TimeProvider clock, ILogger<RouteKnowledge> log)
    {
        if (options is null)
        {
            return null;
        }

        var knowledge = new RouteKnowledge(options, clock, log);
        try
        {
            knowledge.model = options.ModelFile is { } file ? knowledge.Read(file) : null;
        }
        catch (Exception fault) when (IsOfTheFile(fault))
        {
            throw new InvalidConfigurationException([$"routing: the model '{options.ModelFile}' can't be used: {fault.Message}"]);
        }

        return knowledge;
    }

    /// <summary>What is known for a policy; null where nothing is.</summary>
    public RouteEvidence? For(RoutePolicy policy) => options.Evidence ?? model?.Policies[policy.Name];

    /// <summary>Reads the file anew and puts it in force.</summary>
    /// <exception cref="RefusedChangeException">None is configured, or it can't be used: what was in force still is.</exception>
    public LoadedModel Load()
    {
        if (options.ModelFile is not { } file)
        {
            throw new RefusedChangeException(
                "no_router_model",
                "The configuration names no router model.",
                "Make one with 'purser router train', name it in purser.yml (routing: { model: FILE }), and restart."
            );
        }

        try
        {
            var loaded = Read(file);
            model = loaded;
            LogLoaded(log, file, loaded.Predictor, loaded.Thresholds.Version);
            return loaded;
        }
        catch (Exception fault) when (IsOfTheFile(fault))
        {
            LogRefused(log, file, fault.Message, model?.Predictor);
            throw new RefusedChangeException(
                "router_model_unusable",
                $"The model '{file}' can't be used: {fault.Message}. What was in force still is.",
                "Make it anew with 'purser router train', and load it again."
            );
        }
    }

    private static bool IsOfTheFile(Exception fault) => fault is IOException or UnauthorizedAccessException or InvalidDataException;

    private LoadedModel Read(string file)
    {
        var learned = ModelFile.Read(File.ReadAllBytes(file));
        var thresholds = new Thresholds(learned.HeldOut, learned.Version, 1 - (options.Confidence / 100.0));
        var predictor = new NamedPredictor(learned.Predictor, learned.Version, options);
        var policies = options.Policies.Values.ToFrozenDictionary(
            policy => policy.Name,
            policy => EvidenceFor(policy, predictor, thresholds),
            StringComparer.Ordinal
        );
        var used = options.Policies.Values.SelectMany(policy => policy.Candidates.Prepend(policy.Reference));
        return new LoadedModel(
            file,
            clock.GetUtcNow(),
            learned.Version,
            thresholds,
            policies,
            [.. used.Distinct(StringComparer.Ordinal).Where(name => !thresholds.Models.Contains(options.LearnedAs(name)))]
        );
    }

    private RouteEvidence EvidenceFor(RoutePolicy policy, NamedPredictor predictor, Thresholds thresholds)
    {
        // A named model that the policy is for stands as the reference, and the usual one among the candidates.
        var among = thresholds.Among(policy.Candidates.Prepend(policy.Reference).Select(options.LearnedAs));
        // All that is asked at every request is worked out now.
        foreach (var kind in Enum.GetValues<TaskClass>())
        {
            foreach (var floor in policy.Floors)
            {
                among.Guarantee(kind, options.LearnedAs(policy.Reference), floor / 100.0);
            }
        }

        return new RouteEvidence(
            static body => RequestReader.Read(body.Span),
            predictor,
            (kind, model, reference, floor) => among.Least(kind, options.LearnedAs(model), options.LearnedAs(reference), floor),
            thresholds.Version
        )
        {
            Promise = (kind, reference, floor) => among.Guarantee(kind, options.LearnedAs(reference), floor),
        };
    }

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The router model {File} is in force: predictor {Predictor}, thresholds {Thresholds}."
    )]
    private static partial void LogLoaded(ILogger logger, string file, string predictor, string thresholds);

    [LoggerMessage(Level = LogLevel.Error, Message = "The router model {File} can't be used: {Fault}. {Predictor} stays in force.")]
    private static partial void LogRefused(ILogger logger, string file, string fault, string? predictor);

    /// <summary>A predictor that is asked by the names that models have here.</summary>
    private sealed class NamedPredictor(SuccessPredictor predictor, string version, RoutingOptions options) : SuccessPredictor
    {
        public override string Version => version;

        public override Prediction? Predict(RequestFeatures features, string model) =>
            predictor.Predict(features, options.LearnedAs(model));
    }
}
