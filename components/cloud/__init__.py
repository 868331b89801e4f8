"""What only a public cloud has: a network of its own, a load balancer, a registry and a name, each a component."""
