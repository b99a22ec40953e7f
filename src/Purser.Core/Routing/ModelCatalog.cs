using System.Collections.Frozen;
using Purser.Core.Pricing;

namespace Purser.Core.Routing;

/// <summary>The wire formats that a provider can be asked in, by their names.</summary>
/// <param name="Native">Those that it speaks itself.</param>
/// <param name="Translated">Those that are translated for it.</param>
public sealed record ServedFormats(IReadOnlySet<string> Native, IReadOnlySet<string> Translated)
{
    /// <summary>Those of the translated whose bodies go on with an edit alone: all that they ask for is asked for there too.</summary>
    public IReadOnlySet<string> Edited { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Whether a translation leaves out which service tier was asked for, so that it's the standard one.</summary>
    public bool DropsTier { get; init; }

    /// <summary>Formats that are all spoken by the provider itself.</summary>
    /// <param name="names">Such as <c>chat</c>.</param>
    public static ServedFormats Of(params string[] names) => new(names.ToFrozenSet(StringComparer.Ordinal), FrozenSet<string>.Empty);

    /// <summary>Whether requests of a format can go there.</summary>
    /// <param name="format">The client's.</param>
    public bool Serve(string format) => Native.Contains(format) || Translated.Contains(format);

    /// <summary>Whether all that a request asks for goes on: tools that the provider runs itself, too.</summary>
    /// <param name="format">The client's.</param>
    public bool Keep(string format) => Native.Contains(format) || Edited.Contains(format);
}

/// <summary>One model at one provider.</summary>
/// <param name="Provider">The provider's name in the configuration.</param>
/// <param name="Api">The vendor's API that it speaks: <c>openai</c>, <c>anthropic</c>.</param>
/// <param name="Formats">The wire formats that it can be asked in.</param>
/// <param name="Model">The name that the provider knows the model by.</param>
/// <param name="Priced">What the price book knows of it, or null: then it can't be used.</param>
public sealed record CatalogModel(string Provider, string Api, ServedFormats Formats, string Model, PricedModel? Priced);

/// <summary>The models that can be asked for, in the order of the configuration.</summary>
public sealed class ModelCatalog
{
    private readonly FrozenDictionary<string, CatalogModel[]> byName;
    private readonly FrozenDictionary<(string Provider, string Model), PricedModel> priced;

    /// <summary>Builds the catalogue. A model is found by its name, and by <c>provider/name</c>.</summary>
    /// <param name="models">What can be asked for.</param>
    /// <param name="answering">What answers may name besides, and is priced by that name: it can't be asked for.</param>
    public ModelCatalog(IReadOnlyList<CatalogModel> models, IReadOnlyList<CatalogModel>? answering = null)
    {
        Models = models;
        priced = models
            .Concat(answering ?? [])
            .Where(model => model.Priced is not null)
            .GroupBy(model => (model.Provider, model.Model))
            .ToFrozenDictionary(group => group.Key, group => group.First().Priced!);
        byName = models
            .SelectMany(model => new[] { (Name: model.Model, model), (Name: $"{model.Provider}/{model.Model}", model) })
            .GroupBy(pair => pair.Name, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.Select(pair => pair.model).Distinct().ToArray(), StringComparer.Ordinal);
    }

    /// <summary>Every model.</summary>
    public IReadOnlyList<CatalogModel> Models { get; }

    /// <summary>What is known of the price of a provider's model, by the name that the provider gives it; null where nothing is.</summary>
    public PricedModel? FindPrice(string provider, string model) => priced.GetValueOrDefault((provider, model));

    /// <summary>Where a model of this name can be had; empty where it can't.</summary>
    public IReadOnlyList<CatalogModel> Find(string name) => byName.TryGetValue(name, out var models) ? models : [];
}
