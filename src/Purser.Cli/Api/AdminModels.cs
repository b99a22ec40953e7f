using System.Text.Json;

namespace Purser.Cli.Api;

// What the admin API answers (docs/admin-api.md). Names are those of the API; amounts of money stay the text that they came as,
// and so do times.

/// <summary>A list.</summary>
internal sealed record Page<T>(IReadOnlyList<T> Data);

/// <summary>How the gateway is.</summary>
internal sealed record StatusView(
    string Version,
    string? DataDir,
    string? StartedAt,
    IReadOnlyList<ProviderView>? Providers,
    IReadOnlyList<StoreView>? Stores,
    string? Durability,
    JournalView? Journal
);

/// <summary>A configured provider.</summary>
internal sealed record ProviderView(
    string Name,
    string Api,
    string? BaseUrl,
    JsonElement Models,
    bool HasKey,
    IReadOnlyList<LaneView>? Lanes = null
);

/// <summary>
/// What is known of one model of a provider with one of its credentials: <c>ready</c>, <c>cooling</c>, <c>broken</c>, <c>trying</c> or <c>refused</c>,
/// and until when.
/// </summary>
internal sealed record LaneView(string Model, string? Credential, string State, DateTimeOffset? Until);

/// <summary>A store and its state.</summary>
internal sealed record StoreView(string Name, string State, string? Detail);

/// <summary>The journal's head.</summary>
internal sealed record JournalView(long HeadSeq, long OpenReservations);

/// <summary>An account. It has no path where it has no membership.</summary>
internal sealed record AccountView(
    string Id,
    string Kind,
    string Name,
    string? Path,
    string? Parent,
    string? CreatedAt,
    string? Since,
    IReadOnlyList<PlanView>? Planned,
    string? SubscriptionPassthrough = null,
    string? Routing = null
);

/// <summary>What was said of a model's answers.</summary>
internal sealed record QualityView(string? Class, string Model, string Source, long Count, double? Score);

/// <summary>Requests that routing had a say in.</summary>
internal sealed record RouteView(
    string Mode,
    string? Policy,
    string Asked,
    string Served,
    string? Suggested,
    string? PassedOver,
    bool Overridden,
    long Requests,
    string CostUsd,
    string ExpectedSavingUsd
);

/// <summary>A membership to come; without a path, the end of one.</summary>
internal sealed record PlanView(string From, string? Path);

/// <summary>Where an account was, is or will be; nowhere where it has no path.</summary>
internal sealed record MembershipView(string From, string? Until, string? Parent, string? Path, string State);

/// <summary>A key, without its secret.</summary>
internal sealed record KeyView(
    string Id,
    string Name,
    string Account,
    string? AccountPath,
    string? CreatedAt,
    string? ExpiresAt,
    bool Disabled
);

/// <summary>A key just made. <paramref name="Key"/> is its secret, shown this once.</summary>
internal sealed record NewKeyView(string Id, string Name, string? Account, string? AccountPath, string Key);

/// <summary>A model that the gateway serves.</summary>
internal sealed record ModelView(string Id, string Provider, string Api, IReadOnlyList<string> Formats, bool Priced, string? PriceEntry);

/// <summary>What applying a document does or did.</summary>
internal sealed record ApplyView(IReadOnlyList<ChangeView> Changes, IReadOnlyList<AppliedKeyView>? Keys, bool Applied);

/// <summary>One change.</summary>
internal sealed record ChangeView(string Action, string Kind, string Name, string? Detail);

/// <summary>A key that applying a document made. <paramref name="Key"/> is its secret, shown this once.</summary>
internal sealed record AppliedKeyView(string Name, string Key);

/// <summary>Spend by some dimensions. A row has a member for each dimension and each measure.</summary>
internal sealed record SpendView(
    IReadOnlyList<string> By,
    string? From,
    string? To,
    IReadOnlyList<Dictionary<string, JsonElement>> Rows,
    Dictionary<string, JsonElement>? Total,
    IReadOnlyList<string>? Contracts = null
);

/// <summary>A line of what a contract comes to; the last one is its invoice.</summary>
internal sealed record ContractView(
    string Contract,
    string Provider,
    string Kind,
    string Id,
    string? PeriodStart,
    string? PeriodEnd,
    string Usd,
    string? ListUsd,
    string? ContractedUsd,
    string? WithoutClassesUsd
);

/// <summary>Requests that a model of another name answered.</summary>
internal sealed record ServedView(string Provider, string Model, string ModelServed, string PriceEntry, long Requests, string CostUsd);

/// <summary>An answer that isn't a success.</summary>
internal sealed record ErrorView(ErrorDetailView? Error);

/// <summary>What was wrong.</summary>
internal sealed record ErrorDetailView(string? Code, string? Message, string? Hint, IReadOnlyList<DocumentErrorView>? Errors);

/// <summary>One mistake in a document.</summary>
internal sealed record DocumentErrorView(int Line, int Column, string Message, string? Suggestion);
