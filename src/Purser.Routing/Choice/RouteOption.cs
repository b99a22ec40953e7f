using Purser.Core.Pricing;

namespace Purser.Routing.Choice;

/// <summary>A model that a request may go to.</summary>
/// <param name="Model">The model, as the catalogue names it.</param>
/// <param name="Unable">Why it can't do the request, in words; null where it can.</param>
/// <param name="Expected">What the request is expected to cost there, with what its prompt cache holds of it. Meaningless where it can't.</param>
/// <param name="Cold">The same without a prompt cache.</param>
/// <param name="Seconds">How long its answers take, as measured; null where nothing was.</param>
public sealed record RouteOption(string Model, string? Unable, Money Expected, Money Cold, double? Seconds)
{
    /// <summary>What of both is for asking the reference too, where the answer fails a check: the chance of that, times what the reference costs.</summary>
    public Money GoingUp { get; private init; }

    /// <summary>The same with what asking the reference too is expected to cost.</summary>
    /// <param name="cost">That cost.</param>
    public RouteOption WithGoingUp(Money cost) => this with { Expected = Expected + cost, Cold = Cold + cost, GoingUp = cost };

    /// <summary>The share of calls that it answered, from 0 to 1, as measured; null where nothing was.</summary>
    public double? Answered { get; init; }
}

/// <summary>Whether a model may take a request.</summary>
public enum Standing
{
    /// <summary>It's the reference, which may.</summary>
    Reference,

    /// <summary>It may: it's shown to do such requests well enough.</summary>
    Shown,

    /// <summary>It can't do it.</summary>
    Unable,

    /// <summary>Nothing was learned of it.</summary>
    Unknown,

    /// <summary>The request is unlike all that was learned from.</summary>
    Unfamiliar,

    /// <summary>Nothing shows that it may take requests of this kind from the reference.</summary>
    NotShown,

    /// <summary>It's expected to do worse than it would have to.</summary>
    TooWeak,

    /// <summary>It's shown to do it, but is on trial, and not for this session.</summary>
    OnTrial,

    /// <summary>It's shown to do it by what was learned, but its answers to such requests here weren't good enough.</summary>
    Reverted,
}

/// <summary>A model with what is thought of it.</summary>
/// <param name="Option">The model.</param>
/// <param name="Standing">Whether it may take the request.</param>
/// <param name="Good">How likely its answer is good enough, from 0 to 1; null where that isn't known.</param>
/// <param name="Least">How likely it would have to be; null where nothing says so.</param>
public sealed record RatedOption(RouteOption Option, Standing Standing, double? Good, double? Least)
{
    /// <summary>Whether it may take the request.</summary>
    public bool May => Standing is Standing.Reference or Standing.Shown;
}
