using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Purser.Cli.Connect;

/// <summary>Which API a client calls the gateway with.</summary>
internal enum ClientApi
{
    /// <summary>Anthropic: <c>/v1/messages</c>.</summary>
    Messages,

    /// <summary>OpenAI: <c>/v1/chat/completions</c>.</summary>
    ChatCompletions,

    /// <summary>OpenAI: <c>/v1/responses</c>.</summary>
    Responses,

    /// <summary>Gemini: <c>/v1beta/models/MODEL:generateContent</c>.</summary>
    GenerateContent,
}

/// <summary>What the settings of a client are to say.</summary>
/// <param name="Address">The gateway's address, without a slash at its end.</param>
/// <param name="Key">The key.</param>
/// <param name="Models">The models that the gateway serves in the client's API, the cheapest-sounding one first.</param>
/// <param name="Subscription">Whether the client goes on with its person's own login at the vendor, and sends the key beside it.</param>
internal sealed record ConnectionTarget(string Address, string Key, IReadOnlyList<string> Models, bool Subscription = false);

/// <summary>A client that <c>connect</c> knows: where its settings are, and what they must say.</summary>
internal abstract partial class ConnectableClient
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ConnectableClient> All { get; } =
    [new ClaudeCodeClient(), new CodexClient(), new GeminiClient(), new OpenCodeClient(), new QwenClient()];

    /// <summary>The client's name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>The client's name for people.</summary>
    public abstract string Title { get; }

    /// <summary>What it calls.</summary>
    public abstract ClientApi Api { get; }

    /// <summary>Whether it can send a key beside its person's own login.</summary>
    public virtual bool TakesSubscription => false;

    /// <summary>How to start it, once it is connected.</summary>
    public abstract string Try { get; }

    /// <summary>The client's settings files and what to set in each. The first one has the key.</summary>
    public abstract IReadOnlyList<SettingsFile> Files(CliContext context, ConnectionTarget target);

    /// <summary>The key in the client's present settings, or null.</summary>
    /// <param name="read">Reads a value of the first or another file by its index.</param>
    public abstract string? KeyIn(Func<int, IReadOnlyList<string>, JsonNode?> read);

    /// <summary>What in the present settings would get in the way; null where nothing does.</summary>
    public virtual string? Conflict(Func<int, IReadOnlyList<string>, JsonNode?> read) => null;

    /// <summary>A folder that a variable of the environment may name, or one below the home folder.</summary>
    protected static string Folder(CliContext context, string variable, params string[] belowHome) =>
        context.Variable(variable) is { } folder ? context.FullPath(folder) : Path.Combine([context.Home, .. belowHome]);

    /// <summary>
    /// The model for clients that have none of their own. A coding agent wants a capable one: the newest plain GPT (gpt-5.2), where there is one. The person
    /// may change it. Null where no model is served.
    /// </summary>
    protected static string? CapableModel(IReadOnlyList<string> models) =>
        models
            .Select(model => (Model: model, Match: PlainGpt().Match(model)))
            .Where(model => model.Match.Success)
            .OrderByDescending(model => decimal.Parse(model.Match.Groups[1].ValueSpan, CultureInfo.InvariantCulture))
            .Select(model => model.Model)
            .FirstOrDefault()
        ?? (models.Count > 0 ? models[0] : null);

    [GeneratedRegex("^gpt-([0-9]{1,3}(?:[.][0-9]{1,3})?)$")]
    private static partial Regex PlainGpt();
}
