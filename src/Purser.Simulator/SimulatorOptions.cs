using Purser.Simulator.Faults;
using Purser.Simulator.Latency;
using Purser.Simulator.Skills;

namespace Purser.Simulator;

/// <summary>How to run the simulator.</summary>
public sealed record SimulatorOptions
{
    /// <summary>Where to listen. <value><c>http</c> with an IP address or <c>localhost</c>; default <c>http://127.0.0.1:4200</c>; port 0 takes a free one.</value></summary>
    public Uri Listen { get; init; } = new("http://127.0.0.1:4200");

    /// <summary>What all ids, texts, lengths, latencies and faults are drawn from. <value>Any number; default 1.</value></summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How long answers take. <value>Default <see cref="LatencyProfile.None"/>.</value></summary>
    public LatencyProfile Latency { get; init; } = LatencyProfile.None;

    /// <summary>What goes wrong. <value>Default <see cref="FaultPlan.None"/>.</value></summary>
    public FaultPlan Fault { get; init; } = FaultPlan.None;

    /// <summary>The file to append the record to. <value>Null (default): the last 200,000 lines are kept in memory.</value></summary>
    public string? RecordPath { get; init; }

    /// <summary>What a client that leaves is billed. <value>Default <see cref="BillAfterCancel.Generated"/>.</value></summary>
    public BillAfterCancel BillAfterCancel { get; init; }

    /// <summary>How long models that reason think without showing it. <value>Null (default): a quarter of an answer's tokens.</value></summary>
    public HiddenThinking? Thinking { get; init; }

    /// <summary>How long the access tokens of the OAuth endpoint are good. <value>From 2 s to 12 hours; default 1 hour.</value></summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Whether OpenAI's responses over a WebSocket are refused with 426, so that clients fall back. <value>Default false.</value></summary>
    public bool RefusesResponsesSocket { get; init; }

    /// <summary>How long a batch waits before its requests run. <value>From 0 to 24 hours; default 1 s.</value></summary>
    public TimeSpan BatchDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The key pair of AWS whose signatures are verified; other keys are refused then. <value>Null (default): the form of signatures is checked, by any key.</value></summary>
    public AwsKeyPair? AwsKey { get; init; }

    /// <summary>How well models answer. <value>Null (default): answers are neither good nor bad.</value></summary>
    public SkillPlan? Skills { get; init; }

    /// <summary>The clock of timestamps, waits and cache lifetimes. <value>Default <see cref="TimeProvider.System"/>.</value></summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
