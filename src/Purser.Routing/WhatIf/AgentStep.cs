using Purser.Core.Pricing;

namespace Purser.Routing.WhatIf;

/// <summary>Where a step is known from.</summary>
public enum StepSource
{
    /// <summary>A session log of Claude Code.</summary>
    ClaudeCode,

    /// <summary>A session log of Codex.</summary>
    Codex,

    /// <summary>The gateway's ledger.</summary>
    Ledger,
}

/// <summary>One call of a model: its sizes and signs, and nothing of what was said.</summary>
public sealed class AgentStep
{
    /// <summary>Where it is known from.</summary>
    public required StepSource Source { get; init; }

    /// <summary>The session, as its log names it: what the bootstrap draws.</summary>
    public required string Session { get; init; }

    /// <summary>Which agent of the session, so that calls of one prompt cache are together; empty for the main one.</summary>
    public required string Agent { get; init; }

    /// <summary>When; null where nothing says.</summary>
    public required DateTimeOffset? At { get; init; }

    /// <summary>The provider, as the price book names it.</summary>
    public required string Provider { get; init; }

    /// <summary>The model, as the log names it.</summary>
    public required string Model { get; init; }

    /// <summary>Whether a sub-agent made it.</summary>
    public bool IsSubAgent { get; init; }

    /// <summary>On what terms it was served.</summary>
    public PricingTerms Terms { get; set; }

    /// <summary>What it used.</summary>
    public StepTokens Tokens { get; set; }

    /// <summary>What the log shows of it.</summary>
    public StepSigns Signs { get; set; }

    /// <summary>Its kind.</summary>
    public StepKind Kind => StepRules.Kind(Signs);

    /// <summary>The class of work that it is a slice of.</summary>
    public TaskClass Class => StepRules.Class(Kind, IsSubAgent);
}
