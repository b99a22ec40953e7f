using Purser.Routing.Checks;
using YamlDotNet.RepresentationModel;

namespace Purser.Gateway.Configuration;

/// <summary>What is done where an answer of a model below the reference is of no use: <c>escalate</c> in the block <c>routing</c>.</summary>
/// <param name="Checks">Which checks are made.</param>
/// <param name="HoldStream">Whether a stream is held until it has passed them, so that another model can be asked instead.</param>
public sealed record EscalationOptions(AnswerChecks Checks, bool HoldStream);

/// <summary>Reads <c>escalate</c>: <c>true</c>, <c>false</c>, or a mapping of <c>checks</c> and <c>hold_stream</c>.</summary>
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

        yaml.CheckKeys(block, ["checks", "hold_stream"]);
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

        return new EscalationOptions(checks, yaml.Choice(block, "hold_stream", Switch));
    }
}
