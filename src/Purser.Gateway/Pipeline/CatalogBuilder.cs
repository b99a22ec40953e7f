using System.Collections.Frozen;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Gateway.Configuration;
using Purser.Gateway.Routing;
using Purser.Providers;
using Purser.Providers.Translation;

namespace Purser.Gateway.Pipeline;

/// <summary>Joins what providers serve with what the price book knows.</summary>
internal static class CatalogBuilder
{
    // A translation takes a tier to these; the others have none, or other ones.
    private static readonly FrozenSet<string> TakeTiers = new[] { "chat", "responses", "converse" }.ToFrozenSet(StringComparer.Ordinal);

    /// <exception cref="InvalidConfigurationException">The price book has errors, a provider a format that isn't known, or routing a model that isn't there.</exception>
    public static (ModelCatalog Catalog, PriceBook Book, IReadOnlyList<string> Warnings) Build(GatewayOptions options)
    {
        var parsed = PriceBook.Parse(options.PriceFiles);
        var errors = parsed.Errors.Select(error => error.ToString()).ToList();
        errors.AddRange(
            options
                .Providers.Where(provider => ProviderCatalog.FindApi(provider.Api) is null)
                .Select(provider => $"The provider '{provider.Name}' has the unknown api '{provider.Api}'.")
        );
        if (errors.Count > 0)
        {
            throw new InvalidConfigurationException(errors);
        }

        var book = parsed.Book!;
        var warnings = new List<string>();
        var models = options.Providers.SelectMany(provider => ModelsOf(provider, book, warnings)).ToList();
        var catalog = new ModelCatalog(models, [.. options.Providers.SelectMany(provider => AnsweringAs(provider, book))]);
        if (options.Routing is { } routing && RouteNames.Faults(routing, catalog).ToList() is { Count: > 0 } faults)
        {
            throw new InvalidConfigurationException(faults);
        }

        return (catalog, book, warnings);
    }

    /// <summary>Reads the contracts, which change what reports say things cost.</summary>
    /// <exception cref="InvalidConfigurationException">A contract has errors.</exception>
    public static (ContractBook Contracts, IEnumerable<string> Warnings) Contracts(GatewayOptions options, PriceBook book)
    {
        var parsed = ContractBook.Parse(options.ContractFiles, book);
        return parsed.Book is { } contracts
            ? (contracts, parsed.Warnings.Select(warning => warning.ToString()))
            : throw new InvalidConfigurationException([.. parsed.Errors.Select(error => error.ToString())]);
    }

    /// <summary>The models that a deployment's answers may name, which is what they are billed as; nobody can ask for them by these names.</summary>
    private static IEnumerable<CatalogModel> AnsweringAs(ProviderOptions provider, PriceBook book)
    {
        if (provider.Deployments.Count == 0)
        {
            return [];
        }

        var prices = PricesOf(provider, book);
        var none = ServedFormats.Of();
        return book
            .Models.Where(model => model.Provider == prices)
            .SelectMany(model =>
                model.Aliases.Prepend(model.Id).Select(name => new CatalogModel(provider.Name, provider.Api, none, name, model))
            );
    }

    /// <summary>The provider of the price book that a configured one is priced as.</summary>
    private static string PricesOf(ProviderOptions provider, PriceBook book)
    {
        var named = provider.PriceProvider ?? provider.Name;
        return book.Models.Any(model => model.Provider == named) ? named : ProviderCatalog.FindApi(provider.Api)!.Prices;
    }

    private static ServedFormats FormatsOf(ProviderApi api, string model)
    {
        var native = api
            .Formats.Where(format => api.Speaks(format, model))
            .Select(format => format.Name)
            .Concat(api.HasRealtime(model) ? [ProviderApi.Realtime] : [])
            .ToFrozenSet(StringComparer.Ordinal);
        var served = ProviderCatalog.Formats.Where(format => api.Serving(format, model) is { } by && api.Speaks(by.Upstream, model));
        var names = served.Select(format => format.Name).Where(name => !native.Contains(name));
        var edited = served.Where(format => api.Serving(format, model) is not TranslatedFormat).Select(format => format.Name);
        return new ServedFormats(native, names.ToFrozenSet(StringComparer.Ordinal))
        {
            Edited = edited.Where(name => !native.Contains(name)).ToFrozenSet(StringComparer.Ordinal),
            DropsTier = !TakeTiers.Overlaps(native),
        };
    }

    private static IEnumerable<CatalogModel> ModelsOf(ProviderOptions provider, PriceBook book, List<string> warnings)
    {
        var api = ProviderCatalog.FindApi(provider.Api)!;
        var prices = PricesOf(provider, book);
        if (prices != (provider.PriceProvider ?? provider.Name) && provider.Name != api.Name)
        {
            warnings.Add(
                $"The price book has no provider '{provider.PriceProvider ?? provider.Name}': '{provider.Name}' is priced as {prices}. Set its price_provider to say otherwise."
            );
        }

        var all = book.Models.Where(model => model.Provider == prices);
        var names = provider.Models ?? (provider.Deployments.Count > 0 ? [] : [.. all.Select(model => model.Id)]);
        if (names.Count == 0 && provider.Deployments.Count == 0)
        {
            warnings.Add(
                $"The price book has no model of '{prices}', so '{provider.Name}' serves none. Add their prices: docs/pricing.md."
            );
        }

        foreach (var deployment in DeploymentsOf(provider, prices, book, warnings))
        {
            yield return deployment;
        }

        var seen = provider.Deployments.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var name in names)
        {
            var priced = book.FindModel(prices, name);
            if (FormatsOf(api, name).Native.Count == 0)
            {
                // The vendor has it elsewhere.
                continue;
            }

            if (priced is null)
            {
                warnings.Add($"There is no price for '{name}' at '{prices}': requests for it are refused. Add one: docs/pricing.md.");
            }

            // A dated snapshot or an alias of a model that is served is the same model at the same price.
            foreach (var known in (IEnumerable<string>)[name, .. priced?.Aliases ?? []])
            {
                if (FormatsOf(api, known) is { Native.Count: > 0 } formats && seen.Add(known))
                {
                    yield return new CatalogModel(provider.Name, provider.Api, formats, known, priced);
                }
            }
        }
    }

    private static IEnumerable<CatalogModel> DeploymentsOf(ProviderOptions provider, string prices, PriceBook book, List<string> warnings)
    {
        var api = ProviderCatalog.FindApi(provider.Api)!;
        foreach (var (deployment, model) in provider.Deployments)
        {
            var priced = book.FindModel(prices, model);
            if (priced is null)
            {
                warnings.Add(
                    $"There is no price for '{model}' at '{prices}': requests for '{deployment}' are refused. Add one: docs/pricing.md."
                );
            }

            yield return new CatalogModel(provider.Name, provider.Api, FormatsOf(api, model), deployment, priced);
        }
    }
}
