using Purser.Routing.Checks;
using YamlDotNet.RepresentationModel;

namespace Purser.Gateway.Configuration;

/// <summary>What is done where an answer of a model below the reference is of no use: <c>escalate</c> in the block <c>routing</c>.</summary>
/// <param name="Checks">Which checks are made.</param>
/// <param name="HoldStream">Whether a stream is held until it has passed them, so that another model can be asked instead.</param>
public sealed record EscalationOptions(AnswerChecks Checks, bool HoldStream)
{
    /// <summary>What checks the blocks of code in an answer; none by default.</summary>
    public IReadOnlyList<CodeCommand> Checkers { get; init; } = [];
}

/// <summary>A command that says by its exit code whether code compiles or parses: 0 for yes. It gets the code on its standard input, and runs without a shell.</summary>
/// <param name="Languages">The languages of blocks that it checks, as their fences name them, in lower case; at least one.</param>
/// <param name="Command">The program and its arguments; at least the program.</param>
/// <param name="Timeout">How long it may take; one that takes longer says nothing. 1 to 60 seconds.</param>
public sealed record CodeCommand(IReadOnlyList<string> Languages, IReadOnlyList<string> Command, TimeSpan Timeout);

/// <summary>Reads <c>escalate</c>: <c>true</c>, <c>false</c>, or a mapping of <c>checks</c>, <c>hold_stream</c> and <c>checkers</c>.</summary>
internal static class EscalationReader
{
    /// <summary>The key.</summary>
    public const string Key = "escalate";

    private static readonly AnswerChecks[] Known =
    [
        AnswerChecks.Schema,
        AnswerChecks.Tools,
        AnswerChecks.Refusal,
        AnswerChecks.Truncation,
        AnswerChecks.Empty,
        AnswerChecks.Retry,
    ];

    private static readonly (string Name, bool Value)[] Switch = [("true", true), ("false", false)];

    /// <summary>Reads it.</summary>
    /// <param name="yaml">Takes what is wrong.</param>
    /// <param name="node">The mapping that has the key, or hasn't.</param>
    /// <param name="usual">What holds where it hasn't.</param>
    public static EscalationOptions? Read(YamlReader yaml, YamlMappingNode node, EscalationOptions? usual)
    {
        if (!node.Children.TryGetValue(Key, out var value))
        {
            return usual;
        }

        if (value is not YamlMappingNode block)
        {
            return yaml.Choice(node, Key, Switch) ? new EscalationOptions(AnswerChecks.All, HoldStream: false) : null;
        }

        yaml.CheckKeys(block, ["checks", "hold_stream", "checkers"]);
        var checks = block.Children.ContainsKey("checks") ? AnswerChecks.None : AnswerChecks.All;
        foreach (var item in yaml.Items(block, "checks"))
        {
            var said = (item as YamlScalarNode)?.Value;
            var found = Array.Find(Known, check => CheckFailure.NameOf(check) == said);
            if (found == AnswerChecks.None)
            {
                yaml.Error(item, $"'{said}' is no check.", $"one of {string.Join(", ", Known.Select(CheckFailure.NameOf))}");
            }

            checks |= found;
        }

        return new EscalationOptions(checks, yaml.Choice(block, "hold_stream", Switch)) { Checkers = ReadCheckers(yaml, block) };
    }

    private static List<CodeCommand> ReadCheckers(YamlReader yaml, YamlMappingNode block)
    {
        const long usualSeconds = 5;
        var commands = new List<CodeCommand>();
        foreach (var item in yaml.Items(block, "checkers"))
        {
            if (item is not YamlMappingNode node)
            {
                yaml.Error(item, "A checker is a mapping with 'languages' and 'command'.");
                continue;
            }

            yaml.CheckKeys(node, ["languages", "command", "timeout_seconds"]);
            var (languages, command) = (Texts(yaml, node, "languages"), Texts(yaml, node, "command"));
            if (languages.Count == 0 || command.Count == 0)
            {
                yaml.Error(node, "A checker has 'languages' and a 'command', each a list: the program and its arguments, without a shell.");
                continue;
            }

            var seconds = yaml.Number(node, "timeout_seconds", 1, 60) ?? usualSeconds;
            commands.Add(new CodeCommand([.. languages.Select(name => name.ToLowerInvariant())], command, TimeSpan.FromSeconds(seconds)));
        }

        return commands;
    }

    private static List<string> Texts(YamlReader yaml, YamlMappingNode node, string key) =>
        [.. yaml.Items(node, key).Select(item => (item as YamlScalarNode)?.Value).OfType<string>()];
}
