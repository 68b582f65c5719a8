"""What two or more services share: contracts of the topics, edges to Kafka, SQL and HTTP."""
