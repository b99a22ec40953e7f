using Purser.Core.Usage;
using Purser.Providers;
using Purser.Providers.Bodies;
using Purser.Providers.Passthrough;
using YamlDotNet.RepresentationModel;

namespace Purser.Gateway.Configuration;

/// <summary>Reads the routes that an operator passes through beside the built-in ones: each with what it costs.</summary>
internal static class PassthroughReader
{
    /// <summary>The key of a provider's list.</summary>
    public const string Key = "passthrough";

    private static readonly string[] Keys = ["route", "free", "model", "unit", "count", "reader", "most", "parameters"];

    /// <summary>Reads a provider's list; a route that is wrong is noted and left out.</summary>
    /// <param name="yaml">Takes the errors.</param>
    /// <param name="provider">The provider's mapping.</param>
    /// <param name="api">Its API; null where that is wrong itself.</param>
    public static IReadOnlyList<PassthroughRoute> Read(YamlReader yaml, YamlMappingNode provider, ProviderApi? api)
    {
        var routes = new List<PassthroughRoute>();
        foreach (var node in yaml.Items(provider, Key))
        {
            if (node is not YamlMappingNode one)
            {
                yaml.Error(
                    node,
                    "A route is a mapping with 'route', and 'free: true' or a price: 'unit' with 'count', or 'reader' with 'unit' and 'most'."
                );
            }
            else if (api is not null && ReadRoute(yaml, one, api) is { } route)
            {
                routes.Add(route);
            }
        }

        return routes;
    }

    private static PassthroughRoute? ReadRoute(YamlReader yaml, YamlMappingNode node, ProviderApi api)
    {
        yaml.CheckKeys(node, Keys);
        if (yaml.RequiredText(node, "route") is not { } text)
        {
            return null;
        }

        if (text.Split(' ') is not ["GET" or "POST", ['/', ..] template] || !IsTemplate(template))
        {
            yaml.Error(
                node["route"],
                "'route' is GET or POST and a path from the root: POST /v1/things/{id}. Its parts have letters, digits and - . _ ~ : @ alone."
            );
            return null;
        }

        if (PassthroughPath.FindClosed(template) is { } closed)
        {
            yaml.Error(
                node["route"],
                $"'{closed}' is never passed through: a provider's administration and what it keeps aren't for the organization's key in a caller's hands."
            );
            return null;
        }

        var parameters = yaml.Items(node, "parameters").Select(item => (item as YamlScalarNode)?.Value).OfType<string>().ToList();
        var (isPriced, meter) = ReadPrice(yaml, node, api);
        var route = new PassthroughRoute(text.Split(' ')[0], template, meter);
        return !isPriced ? null
            : parameters.Count > 0 ? route with { Parameters = parameters }
            : route;
    }

    private static (bool IsPriced, PassthroughMeter? Meter) ReadPrice(YamlReader yaml, YamlMappingNode node, ProviderApi api)
    {
        var isFree = yaml.Text(node, "free") is not null && yaml.Choice(node, "free", [("false", false), ("true", true)]);
        var unit = yaml.Text(node, "unit") is { } named ? UsageClassNames.Find(named) : null;
        if (yaml.Text(node, "unit") is not null && unit is null)
        {
            yaml.Error(node["unit"], $"'unit' is one of {string.Join(", ", UsageClassNames.All)}.");
            return (false, null);
        }

        if (isFree == unit is not null)
        {
            yaml.Error(node, "A route costs something or nothing: either 'free: true', or a 'unit' of the price book.");
            return (false, null);
        }

        if (isFree)
        {
            return (true, null);
        }

        var usage = default(TokenUsage);
        if (yaml.Text(node, "reader") is not { } name)
        {
            usage[unit!.Value] = yaml.Number(node, "count", 1, 1_000_000_000) ?? 1;
            return (true, new FixedMeter(yaml.Text(node, "model"), usage));
        }

        if (BodyReaders.Find(api.Prices, name, out var error) is not { } reader)
        {
            yaml.Error(node["reader"], $"'reader' is one that 'purser prices formats' lists: {error}.");
            return (false, null);
        }

        if (yaml.Number(node, "most", 1, 1_000_000_000) is not { } most)
        {
            yaml.Error(node, "'most' is missing: the most of the unit that one request can use, which is held before it's sent.");
            return (false, null);
        }

        usage[unit!.Value] = most;
        return (true, new ReaderMeter(reader, yaml.Text(node, "model"), usage));
    }

    private static bool IsTemplate(string template) =>
        template[1..]
            .Split('/')
            .All(segment =>
                PassthroughPath.IsPlain(segment.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal))
            );
}
