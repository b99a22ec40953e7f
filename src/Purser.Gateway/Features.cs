namespace Purser.Gateway;

/// <summary>
/// Which parts of the request's path are on. For the benchmark alone, which prints what each costs by leaving it out; nothing that
/// a user can write reaches it, and a gateway that serves anyone has all of them.
/// </summary>
/// <param name="Authentication">Check the key; otherwise each request counts as the first key's.</param>
/// <param name="Budgets">Reserve and settle; otherwise nothing is accounted for at all.</param>
/// <param name="Journal">Write the journal; otherwise balances live in memory.</param>
/// <param name="Metering">Read usage and price it; otherwise each answer costs nothing.</param>
/// <param name="Telemetry">Count metrics.</param>
internal sealed record Features(
    bool Authentication = true,
    bool Budgets = true,
    bool Journal = true,
    bool Metering = true,
    bool Telemetry = true
);
