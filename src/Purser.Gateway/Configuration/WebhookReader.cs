using System.Net;
using Purser.Gateway.Alerts;
using YamlDotNet.RepresentationModel;

namespace Purser.Gateway.Configuration;

/// <summary>Reads the <c>alerts</c> section of <c>purser.yml</c>.</summary>
/// <param name="yaml">Where values and errors go through.</param>
/// <param name="expand">Replaces <c>${NAME}</c> in the text of a mapping's key.</param>
internal sealed class WebhookReader(YamlReader yaml, Func<YamlMappingNode, string, string, string> expand)
{
    private static readonly string[] AlertKeys = ["webhooks"];
    private static readonly string[] WebhookKeys = ["name", "url", "secret", "events", "allow_private"];

    /// <summary>The webhooks of a configuration.</summary>
    public IReadOnlyList<WebhookOptions> Read(YamlMappingNode root)
    {
        if (!root.Children.TryGetValue("alerts", out var node))
        {
            return [];
        }

        if (node is not YamlMappingNode alerts)
        {
            yaml.Error(node, "'alerts' is a mapping with 'webhooks'.");
            return [];
        }

        yaml.CheckKeys(alerts, AlertKeys);
        var webhooks = new List<WebhookOptions>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in yaml.Items(alerts, "webhooks"))
        {
            if (item is not YamlMappingNode mapping)
            {
                yaml.Error(item, "A webhook is a mapping with name, url and secret.");
                continue;
            }

            if (yaml.Text(mapping, "name") is { } name && !names.Add(name))
            {
                yaml.Error(mapping, $"There are two webhooks named '{name}'.");
            }

            if (ReadWebhook(mapping) is { } webhook)
            {
                webhooks.Add(webhook);
            }
        }

        return webhooks;
    }

    private WebhookOptions? ReadWebhook(YamlMappingNode node)
    {
        yaml.CheckKeys(node, WebhookKeys);
        var name = yaml.RequiredText(node, "name");
        var allowPrivate = yaml.Choice(node, "allow_private", [("true", true), ("false", false)]);
        var url = yaml.RequiredText(node, "url") is { } address ? ReadUrl(node, expand(node, "url", address), allowPrivate) : null;
        var secrets = yaml.RequiredText(node, "secret") is { } secret ? ReadSecrets(node, expand(node, "secret", secret)) : null;
        var events = node.Children.ContainsKey("events") ? ReadEvents(node) : null;
        return name is null || url is null || secrets is null
            ? null
            : new WebhookOptions
            {
                Name = name,
                Url = url,
                Secrets = secrets,
                Events = events,
                AllowPrivate = allowPrivate,
            };
    }

    // What is wrong is said without the URL: its path and query can be a secret.
    private Uri? ReadUrl(YamlMappingNode node, string text, bool allowPrivate)
    {
        if (text.Length == 0)
        {
            return null; // an environment variable that isn't set: said already
        }

        var (error, suggestion) = CheckUrl(text, allowPrivate, out var url);
        if (error is null)
        {
            return url;
        }

        yaml.Error(node["url"], error, suggestion);
        return null;
    }

    private static (string? Error, string? Suggestion) CheckUrl(string text, bool allowPrivate, out Uri? url)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out url) || url.Scheme is not ("http" or "https"))
        {
            return ("'url' must be an https URL.", null);
        }

        if (url.UserInfo.Length > 0)
        {
            return ("'url' can't have a user or password in it.", "deliveries are signed with 'secret'");
        }

        if (url.Scheme == "http" && !allowPrivate)
        {
            return ("'url' must be https.", "or 'allow_private: true' for a receiver in your own network");
        }

        return IPAddress.TryParse(url.IdnHost, out var literal) && AddressGuard.Refusal(literal, allowPrivate) is { } what
            ? ($"'url' has an address that is refused: it's {what}.", allowPrivate ? null : "'allow_private: true' allows private ones")
            : (null, null);
    }

    private IReadOnlyList<byte[]>? ReadSecrets(YamlMappingNode node, string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        if (WebhookSignature.ParseSecrets(text) is { } secrets)
        {
            return secrets;
        }

        yaml.Error(
            node["secret"],
            "'secret' must be whsec_ and the base64 of 24 to 64 random bytes.",
            "make one: echo whsec_$(openssl rand -base64 32)"
        );
        return null;
    }

    private List<string> ReadEvents(YamlMappingNode node)
    {
        var events = new List<string>();
        foreach (var item in yaml.Items(node, "events"))
        {
            if (item is YamlScalarNode { Value: { } type } && AlertTypes.Selectable.Contains(type))
            {
                events.Add(type);
            }
            else
            {
                yaml.Error(item, $"'{item}' is no type of alert.", $"one of {string.Join(", ", AlertTypes.Selectable)}");
            }
        }

        return events;
    }
}
